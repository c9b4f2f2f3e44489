"""Checks that build nothing, write nothing and run nothing: outputs in pages, broken links."""
