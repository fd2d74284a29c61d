"""Accuracy is measured with torch, an extra of its own; without it only its arithmetic is tested."""

from importlib.util import find_spec

ARITHMETIC = "test_accuracy_measures.py"


def pytest_ignore_collect(collection_path):
    """None leaves the decision to others."""
    lacks = find_spec("torch") is None and collection_path.name != ARITHMETIC
    return True if lacks and collection_path.name.startswith("test_") else None
