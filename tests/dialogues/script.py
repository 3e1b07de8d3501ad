"""Dialogues written down: turns with what the last reply must hold, and who plays them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 30, 2, 20, tzinfo=UTC)
"""When they are spoken, a Monday morning in the shops: what is promised by then hangs on the hour and the day."""
ASKED_OF_LAST = frozenset({"has", "lacks", "action", "intent", "silent"})


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a buyer."""

    say: str = ""
    buyer: str = ""
    type: str = "text"
    context: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse_line(cls, written: str | Mapping[str, Any], buyer: str) -> "Line":
        """A line as YAML holds it: its words alone, or a mapping."""
        parts = {"say": written} if isinstance(written, str) else dict(written)
        return cls(**{"buyer": buyer, **parts})


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Turns, and what the last answer must be.

    Attributes:
        kind: the name of its file. last: `has` and `lacks` (patterns), `action`, `intent`, `silent`.

    Raises ValueError where `last` asks for something else, which nothing would look at.
    """

    kind: str
    number: int
    shop: str
    lines: tuple[Line, ...]
    last: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Refuse what is misspelt."""
        unknown = self.last.keys() - ASKED_OF_LAST
        if unknown or not self.last:
            raise ValueError(f"{self.name} asks for {sorted(unknown)}; it may ask for {sorted(ASKED_OF_LAST)}")

    @property
    def name(self) -> str:
        """Its kind, number and first words."""
        return f"{self.kind}-{self.number:02}"

    def find_faults(self, body: Mapping[str, Any]) -> list[str]:
        """What is wrong with the last answer's body; empty when it is right."""
        text = "\n".join(reply["text"] for reply in body["replies"])
        faults = [f"lacks {each}" for each in self.last.get("has", ()) if not re.search(each, text)]
        faults += [f"has {each}" for each in self.last.get("lacks", ()) if re.search(each, text)]
        for part in ("action", "intent"):
            if part in self.last and body["decision"][part] != self.last[part]:
                faults.append(f"{part} is {body['decision'][part]}")
        if bool(self.last.get("silent")) != (not text):
            faults.append("is silent" if not text else "says something")
        return [f"{fault}: {text}" for fault in faults]


def read_dialogues(folder: Path = HERE) -> list[Dialogue]:
    """Every dialogue of a folder."""
    found = []
    for file in sorted(folder.glob("*.yml")):
        for number, row in enumerate(yaml.safe_load(file.read_text(encoding="utf-8")), 1):
            lines = tuple(Line.parse_line(each, row.get("buyer", "buyer-x")) for each in row["turns"])
            found.append(Dialogue(file.stem, number, row["shop"], lines, row["last"]))
    return found


def message_body(dialogue: Dialogue, at: int, run: str = "") -> dict[str, Any]:
    """The JSON of one of its messages."""
    line = dialogue.lines[at]
    return {
        "id": f"{run}{dialogue.name}-{at}",
        "conversation": f"{run}{dialogue.name}",
        "sender": {"id": line.buyer},
        "text": line.say,
        "type": line.type,
        "context": dict(line.context),
    }
