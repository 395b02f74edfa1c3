"""Processes: flows that IT designs without code, and the cases that run by them; the listing process first."""
