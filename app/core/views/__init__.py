"""The bases of screens and REST resources."""
