"""Compiles names and phrases into quick readers; data files hold the Chinese."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from app.language.numbers import NUMBER
from app.language.units import COUNT

_LATIN_BEFORE: Final = "(?<![A-Za-z])"
_LATIN_AFTER: Final = "(?![A-Za-z])"


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A known name at its place in the text, and what it stands for."""

    start: int
    end: int
    text: str
    name: str


class NameTable:
    """Names and their other spellings; finds the longest at each place, in any case of letters.

    A Latin spelling counts only by itself: sf in sfz is no courier.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names` maps what is said to what it stands for."""
        self._names = {said.lower(): name for said, name in names.items()}
        self._initials = frozenset(said[0] for said in self._names)
        self._pattern = re.compile(any_of(self._names, whole_words=True)) if names else None

    def find_names(self, text: str) -> Iterator[NameSpan]:
        """Every name in the text, in order."""
        lowered = text.lower()
        if self._pattern is None or self._initials.isdisjoint(lowered):
            return
        for found in self._pattern.finditer(lowered):
            start, end = found.span()
            yield NameSpan(start, end, text[start:end], self._names[found[0]])


def any_of(words: Iterable[str], *, whole_words: bool = False) -> str:
    """A pattern of any of the words, the longest first; with `whole_words` a Latin one only by itself."""
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(_spelling(word, whole=whole_words) for word in longest_first)


def _spelling(word: str, *, whole: bool) -> str:
    plain = re.escape(word)
    return f"{_LATIN_BEFORE}{plain}{_LATIN_AFTER}" if whole and word.isascii() else plain


class PhraseError(ValueError):
    """A phrase that no pattern can be made of, or a name that the file does not hold."""


_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOKENS: Final[Mapping[str, str]] = {"<number>": NUMBER, "<piece>": COUNT}


class PhraseBook:
    """Phrases by name, from a file of wordings; each name answers whether and where a text has one of its wordings."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        """`phrases` maps a name to its alternatives; raises PhraseError."""
        self._patterns = {name: _compile_phrase(name, wordings) for name, wordings in phrases.items()}

    @classmethod
    def load_phrases(cls, file: Path) -> "PhraseBook":
        """Read a YAML file of names and wordings; raises PhraseError."""
        return cls(yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER))  # noqa: S506  # both are safe loaders

    def first_hit(self, name: str, text: str) -> str | None:
        """The words of the first wording in the text."""
        hit = self._pattern(name).search(text)
        return hit[0] if hit else None

    def is_in(self, name: str, text: str) -> bool:
        """Whether the text has one of the wordings."""
        return self._pattern(name).search(text) is not None

    def first_place(self, name: str, text: str) -> int | None:
        """Where the first wording begins."""
        hit = self._pattern(name).search(text)
        return hit.start() if hit else None

    def all_hits(self, name: str, text: str) -> tuple[str, ...]:
        """The words of every wording in the text, in order."""
        pattern = self._pattern(name)
        return tuple([hit[0] for hit in pattern.finditer(text)]) if pattern.search(text) else ()

    def find_names(self, names: Iterable[str], text: str) -> list[str]:
        """Those of the names of which the text has a wording, in their order."""
        return [name for name in names if self._pattern(name).search(text)]

    def blank_out(self, name: str, text: str) -> str:
        """The text with a space for every wording."""
        return self._pattern(name).sub(" ", text)

    def _pattern(self, name: str) -> re.Pattern[str]:
        try:
            return self._patterns[name]
        except KeyError as error:
            raise PhraseError(f"no phrase {name!r}") from error


def _compile_phrase(name: str, wordings: Sequence[str]) -> re.Pattern[str]:
    pattern = "|".join(map(str, wordings))
    for token, meant in _TOKENS.items():
        pattern = pattern.replace(token, meant)
    try:
        return re.compile(pattern)
    except re.error as error:
        raise PhraseError(f"{name}: {error}") from error
