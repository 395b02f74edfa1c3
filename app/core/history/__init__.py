"""The history as people read it, and its seals."""
