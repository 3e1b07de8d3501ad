"""Reads a buyer's message: cleaned text, entities, words, and calibrated intents and FAQ entries."""
