"""Open shops: loading them, watching their folders, handing them out."""
