"""SQLite or PostgreSQL behind one store; the only room that writes SQL."""
