"""What may leave: every commitment and claim of a reply is checked here."""
