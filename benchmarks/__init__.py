"""The figures that Polybook is measured by, side by side with its peer: `make bench`."""
