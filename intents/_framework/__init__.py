"""The contract, registry and reply files that every intent builds on."""
