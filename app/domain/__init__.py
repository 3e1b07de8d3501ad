"""Small frozen types that every step shares; none depends on another room."""
