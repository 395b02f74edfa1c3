"""Lists: queries, pages, saved views, exports."""
