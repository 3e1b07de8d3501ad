"""What leaves the service after a turn: outbox worker, senders and their payloads."""
