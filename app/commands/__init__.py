"""The commands of `xiaoer`, one file a subject."""
