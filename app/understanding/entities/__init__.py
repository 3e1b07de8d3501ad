"""Entities: goods, orders, quantities, prices, places."""
