"""Send a message to 小二, signed by Standard Webhooks (standardwebhooks.com): Python's standard library is enough.

    python sign.py URL SECRET BODY

URL is …/v1/shops/<shop>/messages (or /spoken, /lines), SECRET the shop's whsec_…, BODY the JSON. Prints the answer.
"""

import base64
import hashlib
import hmac
import sys
import time
import urllib.error
import urllib.request
import uuid


def signed_headers(secret: str, body: bytes) -> dict[str, str]:
    """The headers for exactly these bytes. A retry of the same message keeps the body; a new id for it is harmless."""
    webhook_id = f"msg_{uuid.uuid4().hex}"  # no dots
    timestamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


def main() -> int:
    """Send the body and print what came."""
    url, secret, text = sys.argv[1:]
    body = text.encode()
    request = urllib.request.Request(url, body, signed_headers(secret, body))
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            print(response.read().decode())
            return 0
    except urllib.error.HTTPError as error:  # a problem document says what is wrong
        print(error.code, error.read().decode(), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
