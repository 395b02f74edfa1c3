"""Every write: the gate and what it asks, numbers, history, limits, commits."""
