"""Storage: inbox, conversations, turns, tickets, budgets and outbox, in SQLite or PostgreSQL."""
