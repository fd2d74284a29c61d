"""One verb a file; they know the core and the ports."""
