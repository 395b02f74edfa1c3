"""Forms: fields, pickers, add and edit pages."""
