"""Customers: their next step and their last contact."""
