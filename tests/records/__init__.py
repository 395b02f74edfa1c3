"""The pages of records: their pieces, what is moved, written and edited on them."""
