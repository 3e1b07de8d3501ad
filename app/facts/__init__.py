"""Facts: stock, orders, promotions and the catalogue, from files, HTTP or SQL."""
