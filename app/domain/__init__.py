"""The words every step shares: small frozen types, no behaviour that needs another part."""
