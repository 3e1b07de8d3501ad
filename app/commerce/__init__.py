"""Arithmetic of a shop: prices, shipping fees, order status; no wording and no I/O."""
