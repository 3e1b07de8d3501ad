"""Reads the example lines of all intent folders; for training and for the check that a model is up to date."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from app.understanding.lexicon import read_yaml

INTENTS = Path(__file__).resolve().parents[2] / "intents"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an intent's examples, or another intent's counter-example that belongs to it."""

    text: str
    intent: str
    lists: dict[str, list[str]]


def lines(folder: Path = INTENTS) -> list[Line]:
    """Every example line in a stable order: each folder's own, then the lexicon's shared ones."""
    found: list[Line] = []
    for file in sorted(folder.glob("*/intent.yml")):
        written = read_yaml(file)
        own = written.get("lists") or {}
        found += [Line(str(text), written["id"], own) for text in written["examples"]]
        found += [Line(str(row["text"]), row["intent"], {}) for row in written.get("counter_examples") or ()]
    shared = read_yaml(folder / "lexicon.yml").get("templates") or {}
    return found + [Line(str(text), intent, {}) for intent, texts in shared.items() for text in texts]


def fingerprint(folder: Path = INTENTS) -> str:
    """Changes when any example line, its lists, the lexicon, or the order of intents changes."""
    digest = hashlib.sha256((folder / "lexicon.yml").read_bytes())
    for line in lines(folder):
        digest.update(repr((line.text, line.intent, sorted(line.lists.items()))).encode())
    return digest.hexdigest()[:16]
