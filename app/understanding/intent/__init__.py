"""The intent model and what the conversation does to its ranking."""
