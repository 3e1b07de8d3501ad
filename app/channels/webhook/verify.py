"""Proof that a message comes from the shop's integrator: Standard Webhooks 1.0.0 signatures over the raw body."""

from collections.abc import Iterable
from functools import lru_cache

import structlog
from standardwebhooks import Webhook

from app.errors import UnauthenticatedError

SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_TIMESTAMP_REFUSALS = {
    "Message timestamp too old": "webhook-timestamp is more than five minutes ago",
    "Message timestamp too new": "webhook-timestamp is more than five minutes ahead",
    "Invalid Signature Headers": "webhook-timestamp must be seconds since 1970",
}
"""What the library says of times, which it looks at first; whatever else it says is about the signature."""
log = structlog.get_logger()


def verify_signature(secret: str, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The verified `webhook-id` of the raw headers; raises UnauthenticatedError for anything else, whatever is wrong.

    The library compares in constant time and refuses timestamps more than five minutes away. It raises ValueError on a
    signature without a comma and UnicodeDecodeError on a body that is not UTF-8, so every exception is a refusal here.
    An id with a dot in it is refused: dots part the signed bytes "{id}.{timestamp}.{body}", so one signature would
    stand for two messages.
    """
    if not secret:
        raise UnauthenticatedError("this shop accepts no messages: its webhook secret is not set")
    sent = dict(headers)
    given = {name: sent.get(name.encode(), b"").decode("latin-1") for name in SIGNED_HEADERS}
    if not all(given.values()):
        raise UnauthenticatedError("the headers webhook-id, webhook-timestamp and webhook-signature are required")
    if "." in given["webhook-id"]:
        raise UnauthenticatedError("webhook-id must not contain a dot")
    given["webhook-signature"] = " ".join(
        token for token in given["webhook-signature"].split() if token.count(",") == 1
    )
    try:
        _signature_verifier(secret).verify(body, given, json_parse=False)
    except Exception as error:
        why = _TIMESTAMP_REFUSALS.get(str(error), "the signature does not match")
        log.info("signature refused", why=why, error=type(error).__name__)
        raise UnauthenticatedError(why) from error
    return given["webhook-id"]


@lru_cache(maxsize=1024)
def _signature_verifier(secret: str) -> Webhook:
    return Webhook(secret)
