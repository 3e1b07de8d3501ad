"""A sentence as one shop speaks: how it calls its buyers, and whether with emoji."""

import re
from functools import lru_cache

# 您 does not stand alone as a call the way 亲 does: at the start of a sentence it becomes a greeting, after a word of
# thanks it stays, elsewhere the sentence does without it.
_CALL_AT_START = re.compile(r"(?:(?<=^)|(?<=[。！？~\n]))\{address\}(?=[，,！!~])")
_CALL_AFTER_THANKS = re.compile(r"(?<=谢)\{address\}(?=[，,！!~。])")
_CALL_INSIDE = re.compile(r"\{address\}(?=[，,！!~。])")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]+")


@lru_cache(maxsize=2048)  # more than all sentences of all intents in both forms of address
def apply_tone(variant: str, address: str, *, emoji: bool) -> str:
    """The sentence as this shop speaks; values not yet filled in."""
    toned = variant if emoji else _EMOJI.sub("", variant)
    if address != "您":
        return toned
    toned = _CALL_AT_START.sub("您好", toned)
    toned = _CALL_AFTER_THANKS.sub("您", toned)
    return _CALL_INSIDE.sub("", toned)
