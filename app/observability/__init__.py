"""Logs, metrics and traces, with buyers' personal data masked."""
