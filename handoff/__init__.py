"""Conversations given to people: tickets, briefs, queue, routing and deadlines."""
