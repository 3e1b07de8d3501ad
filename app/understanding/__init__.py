"""Reads a buyer's message: cleaned text, segments, entities, and calibrated intents and FAQ entries."""
