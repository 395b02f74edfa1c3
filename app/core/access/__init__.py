"""Who asks, what they may do, and which rows they reach."""
