"""The compute side: a face clip in, expression curves out."""

__version__ = "0.1.0"
