"""FAQ matching: candidates, ranking, guards."""
