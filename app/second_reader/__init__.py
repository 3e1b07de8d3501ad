"""A reader that a shop brings, asked about what our models are unsure of; it only re-weights our own candidates."""
