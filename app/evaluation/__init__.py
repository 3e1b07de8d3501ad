"""Measures a shop's understanding on its own labels, shows the result, and sets thresholds from it."""
