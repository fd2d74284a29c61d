"""The only files that read or write the scene."""
