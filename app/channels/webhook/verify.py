"""Verifies that a request comes from the shop's integrator: Standard Webhooks 1.0.0 signatures over the raw body."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import structlog
from standardwebhooks import Webhook

from app.channels.reading import check_encoding
from app.errors import UnauthenticatedError

SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_TIMESTAMP_REFUSALS = {
    "Message timestamp too old": "webhook-timestamp is more than five minutes ago",
    "Message timestamp too new": "webhook-timestamp is more than five minutes ahead",
    "Invalid Signature Headers": "webhook-timestamp must be seconds since 1970",
}
"""The library's messages about timestamps, which it checks first; any other message is about the signature."""
log = structlog.get_logger()


def verify_signature(secrets: Sequence[str], body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Verifies the signature and returns `webhook-id`; raises UnauthenticatedError whatever is wrong.

    Any of the shop's secrets will do: while one is being replaced there are two.

    The library compares in constant time and refuses timestamps more than five minutes away. It raises ValueError on a
    signature without a comma, so every exception is a refusal here. It signs text: a body that is not UTF-8, which no
    route reads, raises MalformedError and says so.
    An id with a dot in it is refused: dots part the signed bytes "{id}.{timestamp}.{body}", so one signature would
    stand for two messages.
    """
    if not secrets:
        raise UnauthenticatedError("this shop accepts no messages: its webhook secret is not set")
    sent = dict(headers)
    given = {name: sent.get(name.encode(), b"").decode("latin-1") for name in SIGNED_HEADERS}
    if not all(given.values()):
        raise UnauthenticatedError("the headers webhook-id, webhook-timestamp and webhook-signature are required")
    if "." in given["webhook-id"]:
        raise UnauthenticatedError("webhook-id must not contain a dot")
    check_encoding(body)
    given["webhook-signature"] = " ".join(
        token for token in given["webhook-signature"].split() if token.count(",") == 1
    )
    refusal: Exception | None = None
    for secret in secrets:
        try:
            _signature_verifier(secret).verify(body, given, json_parse=False)
        except Exception as error:  # noqa: BLE001 (see above: whatever it is, it is a refusal)
            refusal = error
        else:
            return given["webhook-id"]
    why = _TIMESTAMP_REFUSALS.get(str(refusal), "the signature does not match")
    log.info("signature refused", why=why, error=type(refusal).__name__)
    raise UnauthenticatedError(why) from refusal


@lru_cache(maxsize=1024)
def _signature_verifier(secret: str) -> Webhook:
    return Webhook(secret)
