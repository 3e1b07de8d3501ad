"""HTTP: routes, problem documents and authentication; no other room knows status codes."""
