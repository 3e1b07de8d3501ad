"""Measures a shop's understanding on labelled messages, renders the result and sets thresholds from it."""
