"""The write path: batches of turns, their locks, rows and statements."""
