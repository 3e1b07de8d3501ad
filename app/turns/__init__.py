"""The way of a message through the service, step by step."""
