"""小二 (xiaoer): the first-line responder for Chinese online shops."""

__version__ = "0.1.0"

API_VERSION = "1"
"""Of requests, answers and callbacks; within it fields are only added. What breaks a client gets the next one."""
