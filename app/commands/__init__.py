"""The commands of `xiaoer`, one file per subject."""
