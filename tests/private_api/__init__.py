"""What packages do not promise and the desk uses all the same: one check each, in the order of docs/PRIVATE_API.md."""
