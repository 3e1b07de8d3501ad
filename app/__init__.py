"""小二 (xiaoer): the first-line responder for Chinese online shops."""

__version__ = "0.1.0"
