"""Proof that a message comes from the shop's integrator: Standard Webhooks 1.0.0 signatures over the raw body.

Written out here, because the library takes 12 µs where the hash takes 2; a test holds it to the library's verdicts.
"""

import hmac
from base64 import b64decode
from collections.abc import Iterable
from functools import lru_cache
from time import time

import structlog

from app.errors import UnauthenticatedError

SIGNED_HEADERS = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
TOLERANCE_SECONDS = 5 * 60
log = structlog.get_logger()


def verify(secret: str, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The verified `webhook-id` of the raw headers; raises UnauthenticatedError for anything else, whatever is wrong.

    Signatures are compared in constant time, and timestamps more than five minutes away are refused. An id with a dot
    in it is refused: dots part the signed bytes "{id}.{timestamp}.{body}", so one signature would stand for two
    messages. A body that is no text is refused as the specification's own libraries do.
    """
    if not secret:
        raise UnauthenticatedError("this shop accepts no messages: its webhook secret is not set")
    given = dict(headers)
    webhook_id, timestamp, signatures = [given.get(name, b"") for name in SIGNED_HEADERS]
    if not (webhook_id and timestamp and signatures):
        raise UnauthenticatedError("the headers webhook-id, webhook-timestamp and webhook-signature are required")
    if b"." in webhook_id:
        raise UnauthenticatedError("webhook-id must not contain a dot")
    try:
        body.decode()
        good = _is_recent(timestamp) and _is_signed(secret, b"%b.%b.%b" % (webhook_id, timestamp, body), signatures)
    except ValueError:
        good = False  # no text, no number, no base64
    if not good:
        log.info("signature refused")
        raise UnauthenticatedError("the signature does not match, or the timestamp is too old")
    return webhook_id.decode("latin-1")


def _is_recent(timestamp: bytes) -> bool:
    return abs(int(time()) - int(timestamp)) <= TOLERANCE_SECONDS


def _is_signed(secret: str, content: bytes, signatures: bytes) -> bool:
    """Whether one of the signatures, parted by spaces, is ours; versions we do not know are passed over."""
    hashed = _keyed(secret).copy()
    hashed.update(content)
    expected = hashed.digest()
    given = [signature for signature in signatures.split() if signature.startswith(b"v1,")]
    return any(hmac.compare_digest(expected, b64decode(signature[3:])) for signature in given)


@lru_cache(maxsize=1024)
def _keyed(secret: str) -> hmac.HMAC:
    """A hash begun with a secret such as whsec_…, padded or not; ValueError when it is empty.

    Copies of it are made rather than `hmac.digest` called: that one lets go of the interpreter's lock, and in a loaded
    process the way back to it took 130 µs a message.
    """
    key = b64decode(secret.removeprefix("whsec_") + "==")
    if not key:
        raise ValueError("an empty secret never verifies")
    return hmac.new(key, digestmod="sha256")
