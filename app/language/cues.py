"""Cues: the wordings by which an action tells cases apart, written in YAML files in a small notation of their own.

    没收到                  these very characters
    (能|可以)[再]退         one of several; what stands in [] may be missing
    退款…到                 up to six characters between, none of them a mark
    ^好的  谢谢$            at the start; at the end, but for marks
    各#(个|件)              # is a number
    (我|这个)*能退          any number of these

A cue may have wordings that are blanked out first: 没付 is no 付 where `unless` says so.
啥 and 什么, 咋 and 怎么 are the same word.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.language.names import find_said
from app.language.text import spell_out

_NUMBER = r"(?:\d+|[一二两三四五六七八九十百千]+)"
_MARKS = r"[\s,.;:!?~，。；：！？、]"
_GAP = r"[^,.;!?，。；！？]{0,6}"
_NOTATION: Mapping[str, str] = {
    "(": "(?:",
    ")": ")",
    "[": "(?:",
    "]": ")?",
    "|": "|",
    "*": "*",
    "…": _GAP,
    "^": rf"^{_MARKS}*",
    "$": rf"{_MARKS}*$",
    "#": _NUMBER,
    ",": "[,，、]",
}
_BLANK = "\0"


class CueError(ValueError):
    """A wording of a cue cannot be read, or a cue is not there."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One meaning and the wordings it is heard by."""

    says: re.Pattern[str]
    unless: re.Pattern[str] | None = None

    @classmethod
    def compile_cue(cls, says: Sequence[str], unless: Sequence[str] = ()) -> "Cue":
        """Build it from its wordings; raises CueError."""
        return cls(_compile_wordings(says), _compile_wordings(unless) if unless else None)

    def heard_in(self, text: str, names: Sequence[str] = ()) -> bool:
        """Whether a text has one of the wordings, outside of what it calls goods."""
        lower = spell_out(text.lower())
        if self.unless is not None:
            lower = self.unless.sub(_BLANK, lower)
        return find_said(self.says, lower, names) is not None


def _compile_wordings(wordings: Sequence[str]) -> re.Pattern[str]:
    pattern = "|".join(
        "".join(_NOTATION.get(sign) or re.escape(sign) for sign in spell_out(word.lower())) for word in wordings
    )
    try:
        return re.compile(pattern)
    except re.error as error:
        raise CueError(f"{'、'.join(wordings)}：{error}") from error


class CueBook(Mapping[str, Cue]):
    """Cues by name."""

    def __init__(self, cues: Mapping[str, Cue] | None = None) -> None:
        self._cues = dict(cues or {})

    def __getitem__(self, name: str) -> Cue:
        return self._cues[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cues)

    def __len__(self) -> int:
        return len(self._cues)

    def hears(self, name: str, text: str, names: Sequence[str] = ()) -> bool:
        """Whether the text gives this cue; raises CueError where there is none of this name."""
        if name not in self._cues:
            raise CueError(f"no cue {name!r}")
        return self._cues[name].heard_in(text, names)

    def first_heard(self, names: Sequence[str], text: str) -> str | None:
        """The first of these cues that the text gives."""
        return next((name for name in names if self.hears(name, text)), None)

    def extend_with(self, others: Mapping[str, Cue]) -> "CueBook":
        """Both, the others going before those of the same name."""
        return CueBook({**self._cues, **others})

    @classmethod
    def parse_cues(cls, document: Mapping[str, object]) -> "CueBook":
        """Cues as YAML holds them: a list of wordings, or `says` and `unless`; raises CueError."""
        return cls({name: _parse_cue(name, written) for name, written in document.items()})

    @classmethod
    def load_cues(cls, file: Path) -> "CueBook":
        """Read a file that holds nothing but cues; raises CueError."""
        return cls.parse_cues(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {})


def _parse_cue(name: str, written: object) -> Cue:
    parts: Mapping[str, Any] = written if isinstance(written, Mapping) else {"says": written}
    if not set(parts) <= {"says", "unless"} or not parts.get("says"):
        raise CueError(f"{name}：写成一个列表，或写 says 和 unless")
    return Cue.compile_cue([*map(str, parts["says"])], [*map(str, parts.get("unless", ()))])
