"""Oversight: the history of everything one may see, and the bin."""
