"""Outside file formats: text or bytes ↔ curves."""
