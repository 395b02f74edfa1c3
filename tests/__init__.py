"""The tests. `pytest` runs the default suite; `-m slow` what only CI runs."""
