"""Risk words and anger, read from the normalised text: what goes to people whatever was asked."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from app.language.names import find_said


class SignalWords(BaseModel):
    """signals.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    risk_words: tuple[str | int, ...]
    anger: tuple[str, ...]
    denials: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signals:
    """What was heard besides the request; each is the word itself, or None."""

    risk: str | None = None
    anger: str | None = None


@cache
def default_signal_words() -> SignalWords:
    """The words that come with the product."""
    text = Path(__file__).with_name("signals.yml").read_text(encoding="utf-8")
    return SignalWords.model_validate(yaml.safe_load(text))


class SignalDetector:
    """Hears risk words and anger; one per shop, because a shop adds risk words of its own."""

    def __init__(self, own_risk_words: Iterable[str] = ()) -> None:
        words = default_signal_words()
        self._risk = _compile_signal_pattern([*map(str, words.risk_words), *own_risk_words], words.denials)
        self._anger = _compile_signal_pattern(words.anger, words.denials, words.doubts)

    def detect_signals(self, normalised: str, names: Sequence[str] = ()) -> Signals:
        """Search the normalised text; what is denied (不是骗子吧), or part of what goods are called, does not count."""
        return Signals(_first_match(self._risk, normalised, names), _first_match(self._anger, normalised, names))


def _compile_signal_pattern(
    words: Iterable[str], denials: Iterable[str], doubts: Iterable[str] = ()
) -> re.Pattern[str]:
    behind = "".join(f"(?<!{re.escape(denial)})" for denial in denials)
    longest_first = sorted(set(words), key=len, reverse=True)
    ahead = f"(?!{'|'.join(map(re.escape, doubts))})" if doubts else ""
    return re.compile(f"{behind}(?:{'|'.join(map(re.escape, longest_first))}){ahead}", re.IGNORECASE)


def _first_match(pattern: re.Pattern[str], text: str, names: Sequence[str]) -> str | None:
    found = find_said(pattern, text, names)
    return found.group() if found else None
