"""One outside library a file, each behind a port or a plain function."""
