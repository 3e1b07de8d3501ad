"""HTTP: routes, errors and who may call; nothing else knows status codes."""
