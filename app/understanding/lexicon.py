"""Reads intents/lexicon.yml: the trade's concepts with their many wordings, couriers, places and slot lists."""

import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.understanding.entities.prefilter import PatternPrefilter
from app.understanding.templates import Template, is_template
from app.understanding.training.augment import Habits


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Concepts by literal wording and by pattern; `lists` fill templates' slots.

    `literals` also hold every beginning of a wording, without a concept; `sieve` knows which patterns can match.
    `shares` says how often shops are asked each intent; of two `opposed` concepts, two wordings of one question
    never hold one each. `habits` vary the examples.
    """

    literals: Mapping[str, tuple[str, ...]]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    sieve: PatternPrefilter
    lists: Mapping[str, tuple[str, ...]]
    couriers: Mapping[str, str]
    shares: Mapping[str, float]
    opposed: tuple[tuple[str, str], ...]
    habits: Habits

    @classmethod
    def load_lexicon(cls, file: Path) -> "Lexicon":
        """Read the file; raises KeyError or TemplateError where it is malformed."""
        written = read_yaml(file)
        lists = {name: tuple(map(str, words)) for name, words in written["lists"].items()}
        patterns = {sys.intern(concept): re.compile("|".join(each)) for concept, each in written["patterns"].items()}
        return cls(
            literals=_add_prefixes(_index_literals(written["concepts"], lists)),
            patterns=tuple(patterns.items()),
            sieve=PatternPrefilter(tuple(patterns.values())),
            lists=lists | {"courier": tuple(written["couriers"]), "place": tuple(written["places"])},
            couriers=_index_aliases(written["couriers"]),
            shares={intent: float(share) for intent, share in written["shares"].items()},
            habits=Habits(**written["habits"]),
            opposed=tuple((first, second) for first, second in written["opposed"]),
        )

    def find_concepts(self, text: str) -> dict[str, int]:
        """The concepts a lower-case text speaks of, each with the place where it is first said."""
        found: dict[str, int] = {}
        known, length = self.literals.get, len(text)
        for start in range(length):
            end = start + 1
            while end <= length and (meant := known(text[start:end])) is not None:
                for concept in meant:
                    found.setdefault(concept, start)
                end += 1
        for place in self.sieve.possible_matches(text):
            concept, pattern = self.patterns[place]
            match = None if concept in found else pattern.search(text)
            if match:
                found[concept] = match.start()
        return found


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML mapping, read by the C loader where there is one."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    written: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  # both are safe loaders
    return written


def _index_literals(
    concepts: Mapping[str, Sequence[Any]], lists: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for concept, wordings in concepts.items():
        for wording in _expand_wordings(wordings, lists):
            found[wording.lower()].append(sys.intern(concept))
    return {wording: tuple(dict.fromkeys(names)) for wording, names in found.items()}


def _add_prefixes(literals: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    beginnings = (wording[:end] for wording in literals for end in range(1, len(wording)))
    return dict.fromkeys(beginnings, ()) | dict(literals)


def _expand_wordings(wordings: Sequence[Any], lists: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [
        spelled
        for wording in map(str, wordings)
        for spelled in (Template(wording, lists).expand_all() if is_template(wording) else (wording,))
    ]


def _index_aliases(names: Mapping[str, Sequence[Any] | None]) -> dict[str, str]:
    return {str(said): name for name, others in names.items() for said in (name, *(others or ()))}
