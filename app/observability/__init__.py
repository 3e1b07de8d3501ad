"""What the service tells about itself: logs, metrics and traces, with buyers' personal data masked."""
