"""Notes: the short texts that an intent's code writes for agents, and the words it puts into replies, from YAML.

An intent's own stand under `notes` in its intent.yml, those that several share in intents/notes.yml.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from intents._framework.schema import parse_yaml_mapping, read_head

SHARED_NOTES = Path(__file__).parents[1] / "notes.yml"


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes one module may write; its own come before the shared ones."""

    own: Mapping[str, str]
    shared: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The note under this key, filled with `values`; KeyError when there is none, or a value is missing."""
        return (self.own[key] if key in self.own else self.shared[key]).format(**values)


def load_notes(module: str) -> Notes:
    """The notes for a module of an intent's folder, by its `__file__`; the shared ones alone for any other module."""
    file = Path(module).with_name("intent.yml")
    return Notes(read_head(file).notes if file.exists() else {}, _shared_notes())


@cache
def _shared_notes() -> Mapping[str, str]:
    return parse_yaml_mapping(SHARED_NOTES.read_text(encoding="utf-8"), SHARED_NOTES)
