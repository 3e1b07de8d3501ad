"""Text that is only text: without the characters that steer a terminal, hide, or turn the direction of what follows.

They mean nothing in what a buyer writes, and shown raw they let a message redraw an agent's screen or read backwards.
"""

import re

_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_DIRECTIONS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_BREAKS = r"\u2028\u2029"
ID_PATTERN = rf"^[^\t\n\r{_CONTROLS}{_DIRECTIONS}{_BREAKS}]+$"
"""What an id of a platform may hold: anything but these. Read alike by Python, by pydantic and by JSON Schema."""
LONGEST_ID = 128
OPTIONAL_ID_PATTERN = ID_PATTERN.replace("]+$", "]*$")
URL_PATTERN = ID_PATTERN.replace(r"[^\t\n\r", r"[^\t\n\r\x20")
"""What a URL may hold: an id's characters but for spaces, since it is shown to people and given to their software."""

_STEERING = re.compile(f"[{_CONTROLS}{_DIRECTIONS}]")
_LINE_BREAK = re.compile(rf"\r\n?|[{_BREAKS}]")
_FORBIDDEN = re.compile(f"[{_CONTROLS}{_DIRECTIONS}{_BREAKS}]")
STAND_IN = "\ufffd"


def clean_text(text: str) -> str:
    """What somebody wrote, without steering characters and with plain line ends."""
    return _STEERING.sub("", _LINE_BREAK.sub("\n", text))


def show_steering(text: str) -> str:
    """The text with a visible mark for each steering character: for what was kept as it came."""
    return _STEERING.sub(STAND_IN, _LINE_BREAK.sub("\n", text))


def escape_steering(document: str) -> str:
    """A JSON document with every steering character as its escape, which reads as the same document."""
    return _FORBIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
