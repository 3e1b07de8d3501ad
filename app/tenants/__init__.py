"""Open shops: loads them, watches their folders, hands them out."""
