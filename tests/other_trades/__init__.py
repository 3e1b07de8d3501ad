"""Dialogues on small shops of other trades than the shipped ones: two columns, no orders, no catalogue, other words."""
