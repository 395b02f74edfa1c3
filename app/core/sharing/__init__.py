"""Rows that are lent, and why somebody sees a row."""
