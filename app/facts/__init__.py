"""Where stock, orders and promotions come from."""
