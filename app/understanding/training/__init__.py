"""Training of the packaged models; not needed to run the service."""
