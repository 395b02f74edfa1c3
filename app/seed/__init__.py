"""What an installation begins with: roles, lists, series, the demo company. Data, and the code that writes it once."""
