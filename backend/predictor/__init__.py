"""Networks of our own; the only room that knows torch."""
