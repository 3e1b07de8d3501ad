"""The shop folder: its schema, its loader, and a checker that speaks Chinese."""
