"""Pinyin: how characters are read, which of them sound alike to a quick typist, and words written in letters alone.

The table is pinyin.csv, made by .ci/pinyin from the data that NOTICE names.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

MOST_READINGS: Final = 4
"""Spellings kept of a word whose characters have several readings each."""
_FEWEST_LETTERS: Final = 4
_BLURRED: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_LATIN_RUN = re.compile(r"[A-Za-z][A-Za-z ']*[A-Za-z]")


@cache
def _readings() -> Mapping[str, tuple[str, ...]]:
    """Character → its syllables without tones, ü written v."""
    table = files("app.language").joinpath("pinyin.csv").read_text(encoding="utf-8")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in csv.DictReader(table.splitlines()):
        for character in row["characters"]:
            found[character].append(row["syllable"])
    return {character: tuple(own) for character, own in found.items()}


@cache
def readings_of(character: str) -> frozenset[str]:
    """The syllables a character is read by; empty for one that is not Chinese."""
    return frozenset(_readings().get(character, ()))


def blur_syllable(syllable: str) -> str:
    """The syllable as careless typists and southern speakers mix it up: zh as z, ing as in, n as l at the start."""
    blurred = next((short + syllable[len(long) :] for long, short in _BLURRED if syllable.startswith(long)), syllable)
    if blurred.endswith("ng"):
        blurred = blurred[:-1]
    return f"l{blurred[1:]}" if blurred.startswith("n") and len(blurred) > 1 else blurred


@cache
def sounds_of(character: str) -> frozenset[str]:
    """What a character may sound like, blurred; empty for one that is not Chinese."""
    return frozenset(map(blur_syllable, _readings().get(character, ())))


def spellings_of(word: str) -> tuple[str, ...]:
    """The word in letters, by each reading of its characters: chapan; empty where one has none."""
    spelt = [""]
    for character in word:
        spelt = [before + own for before in spelt for own in _readings().get(character, ())][:MOST_READINGS]
    return tuple(spelt)


def matches_initials(text: str, typed: str) -> bool:
    """Whether letters are the first ones of consecutive characters of the text: fhsj of 发货时间, and hs too."""
    wanted = typed.lower()
    letters = [_initials(character) for character in text.lower() if character.isalnum()]
    places = range(len(letters) - len(wanted) + 1)
    return bool(wanted) and any(
        all(letter in letters[place + at] for at, letter in enumerate(wanted)) for place in places
    )


def _initials(character: str) -> set[str]:
    return {syllable[0] for syllable in readings_of(character)} or {character}


@dataclass(frozen=True, slots=True)
class LatinWords:
    """Reads words written in letters alone, where a whole run of letters is made of them: you baoyou ma.

    `words` maps a spelling to its word.
    """

    words: Mapping[str, str]
    longest: int

    @classmethod
    def index_words(cls, words: Iterable[str]) -> "LatinWords":
        """The first words given win where several are spelt alike."""
        spelt: dict[str, str] = {}
        for word in words:
            for letters in spellings_of(word):
                spelt.setdefault(letters, word)
        return cls(spelt, max(map(len, spelt), default=0))

    def write_characters(self, text: str) -> str:
        """The text with every run of letters that is all words written in characters; others stay."""
        return _LATIN_RUN.sub(lambda found: self._read_run(found[0]) or found[0], text)

    def _read_run(self, run: str) -> str | None:
        letters = "".join(each for each in run.lower() if each.isalpha())
        words = self._split_letters(letters) if len(letters) >= _FEWEST_LETTERS else None
        return "".join(words) if words and any(len(word) > 1 for word in words) else None

    def _split_letters(self, letters: str) -> Sequence[str] | None:
        """The fewest words that the letters are spelt by; None where something is left over."""
        best: list[tuple[str, ...] | None] = [(), *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            for before, word in self._words_ending(letters, end):
                known = best[before]
                if known is not None and (best[end] is None or len(known) + 1 < len(best[end] or ())):
                    best[end] = (*known, word)
        return best[-1]

    def _words_ending(self, letters: str, end: int) -> Iterator[tuple[int, str]]:
        for before in range(max(0, end - self.longest), end):
            word = self.words.get(letters[before:end])
            if word:
                yield before, word
