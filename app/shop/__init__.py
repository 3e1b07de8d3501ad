"""The shop folder: its schema, its loader, and the checker, whose messages are Chinese."""
