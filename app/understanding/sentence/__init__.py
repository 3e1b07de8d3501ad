"""Sentence vectors: what a text means, as 512 numbers, from a small neural network run in numpy."""
