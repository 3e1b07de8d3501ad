"""Rasa's REST channel and action server; any Rasa client works unchanged (shapes as in rasa 3.6.21)."""
