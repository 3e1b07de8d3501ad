"""The rows a new shop of each trade starts with, and what the template says of each column."""
