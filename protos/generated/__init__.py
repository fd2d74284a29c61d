"""Machine-written; see protos/generate.py."""
