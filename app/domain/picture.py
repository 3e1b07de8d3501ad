"""Pictures that people send: what a file is, told by its first bytes and by nothing that was said of it."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.message import ConversationKey

LARGEST_PICTURE = 5 * 1024 * 1024
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
"""What every browser shows and nothing can run in; no SVG, which is a program."""
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture; whoever knows its id may see it."""

    id: str
    key: ConversationKey
    ticket_id: str
    agent: str
    media_type: str
    content: bytes
    at: datetime


def sniff_picture(content: bytes) -> str | None:
    """The media type of a picture that may be sent; None for anything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for beginning, kind in _BEGINNINGS if content.startswith(beginning)), None)
