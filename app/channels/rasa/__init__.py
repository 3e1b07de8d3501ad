"""Rasa's REST channel, so that any Rasa widget or client works unchanged (shapes read off rasa 3.6.21)."""
