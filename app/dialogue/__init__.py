"""What the conversation adds to one message: slots, follow-ups, policy and signals."""
