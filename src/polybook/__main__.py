"""Lets `python -m polybook` do what the `polybook` command does."""

from polybook.cli import main

if __name__ == "__main__":
    main()
