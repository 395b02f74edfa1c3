"""Customers: companies from the first contact to 解约, their contacts and their statuses."""
