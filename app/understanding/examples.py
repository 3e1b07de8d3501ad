"""Reads the example lines of all intent folders; for training and for the check that a model is up to date."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from app.domain.intent_traits import IntentDirectory, IntentRole, IntentTraits
from app.understanding.lexicon import read_yaml

INTENTS = Path(__file__).resolve().parents[2] / "intents"


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One line of an intent's examples, or another intent's counter-example that belongs to it."""

    text: str
    intent: str
    lists: dict[str, list[str]]


def read_example_lines(folder: Path = INTENTS) -> list[ExampleLine]:
    """Every example line in a stable order: each folder's own, then the lexicon's shared ones."""
    found: list[ExampleLine] = []
    for file in sorted(folder.glob("*/intent.yml")):
        written = read_yaml(file)
        own = written.get("lists") or {}
        found += [ExampleLine(str(text), written["id"], own) for text in written["examples"]]
        found += [ExampleLine(str(row["text"]), row["intent"], {}) for row in written.get("counter_examples") or ()]
    shared = read_yaml(folder / "lexicon.yml").get("templates") or {}
    return found + [ExampleLine(str(text), intent, {}) for intent, texts in shared.items() for text in texts]


def read_line_traits(folder: Path = INTENTS) -> IntentDirectory:
    """The traits that training looks at: who names no business, or plain business, and which one is a receipt."""
    found = {file.parent.name: read_yaml(file) for file in sorted(folder.glob("*/intent.yml"))}
    return IntentDirectory(
        {
            intent: IntentTraits(
                written["title"],
                courtesy=written.get("courtesy", False),
                unknown=written.get("unknown", False),
                plain_business=written.get("plain_business", False),
                role=IntentRole(written["role"]) if "role" in written else None,
            )
            for intent, written in found.items()
        }
    )


def examples_fingerprint(folder: Path = INTENTS) -> str:
    """Changes when any example line, its lists, the lexicon, or the order of intents changes."""
    digest = hashlib.sha256((folder / "lexicon.yml").read_bytes())
    for line in read_example_lines(folder):
        digest.update(repr((line.text, line.intent, sorted(line.lists.items()))).encode())
    return digest.hexdigest()[:16]
