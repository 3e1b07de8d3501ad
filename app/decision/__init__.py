"""Zones and authority: pure functions over what was understood and what the shop allows."""
