"""What IT sets without code: short lists, number series, and the ledger of numbers."""
