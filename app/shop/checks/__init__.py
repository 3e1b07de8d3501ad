"""Checks of a shop's files beyond their form; each module looks at one kind of content."""
