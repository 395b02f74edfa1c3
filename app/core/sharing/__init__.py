"""Shares: rows that are lent, and why somebody reaches a row."""
