"""What every module stands on, each concern once. Knows no module by name."""
