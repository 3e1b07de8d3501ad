"""Handoffs: tickets, briefs, queue, routing and deadlines."""
