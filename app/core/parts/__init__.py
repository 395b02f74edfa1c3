"""Parts that any record may have: comments and files, one table each."""
