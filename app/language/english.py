"""Reads simple English of buyers and says it in Chinese: price? is 多少钱, ship to Tibet 寄到西藏运费多少.

Wordings are in english.yml. Places in China are read by their pinyin.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import yaml

from app.language.pinyin import spellings_of
from app.language.places import city_names

_LEAST_SHARE: Final = 0.7
"""Share of English letters from which on a message counts as English; goods may be named in Chinese."""
_FEWEST_READ: Final = 2
_FEWEST_LETTERS: Final = 4
_SENDS_TO: Final = "寄到"
_FEE_TO: Final = "运费多少"
_WORD = re.compile(r"[a-z][a-z'\-]*|\d+(?:\.\d+)?|[\u4e00-\u9fff]+|[?!.,]")
_LETTER = re.compile(r"[A-Za-z]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SIZE = re.compile(r"^(?:x{0,3}[sl]|m|\d?xl)$")
_OFFERS = frozenset({"for", "do", "at", "offer", "pay", "accept", "take"})
"""Before a number that is the price a buyer offers."""
_TO = frozenset({"to", "in", "for", "into"})


class EnglishWords(NamedTuple):
    """english.yml, by the English words of each wording."""

    asks: Mapping[tuple[str, ...], str]
    things: Mapping[tuple[str, ...], str]
    places: Mapping[tuple[str, ...], str]
    pieces: frozenset[str]
    everyday: frozenset[str]
    longest: int


@dataclass(slots=True)
class _Said:
    """What was found so far, in the order of a Chinese question."""

    places: list[str]
    things: list[str]
    asks: list[str]
    pieces: str = ""
    known: bool = False  # some English word was understood, and not only a size or a number

    def to_chinese(self) -> str:
        """The clauses: what is asked of which goods, and what it costs to send them where."""
        asks = list(dict.fromkeys(self.asks))
        goods = "".join(dict.fromkeys(self.things))
        if self.places:
            asks = [each for each in asks if each not in {_SENDS_TO, _FEE_TO}]
            sent = [f"{_SENDS_TO}{self.places[0]}{_FEE_TO}"]
        else:
            sent, asks = [], [_FEE_TO if each == _SENDS_TO else each for each in asks]
        first = f"{goods}{self.pieces}{asks[0] if asks else ''}"
        return "，".join(filter(None, (first, *asks[1:], *sent)))


def speaks_english(text: str, *, before: bool = False) -> bool:
    """Whether a message as typed is English; ok and hello, which everybody writes, are where it was spoken `before`."""
    words = _WORD.findall(text.lower())
    everyday = all(word in _english_words().everyday or not word[0].isalpha() for word in words)
    if everyday or len(_LETTER.findall(text)) < _FEWEST_LETTERS:
        return before and not _CHINESE.search(text)
    return translate_english(text) is not None


def translate_english(text: str) -> str | None:
    """What an English message asks, in Chinese; None for one that is not English, or says nothing we know."""
    letters, chinese = len(_LETTER.findall(text)), len(_CHINESE.findall(text))
    if letters < _FEWEST_READ or letters < _LEAST_SHARE * (letters + chinese):
        return None
    said = _Said([], [], [])
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    at = 0
    while at < len(words):
        at = _read_wording(words, at, said)
    asks = bool(said.asks or said.places)
    if not said.known or (chinese and not asks):  # goods may be named in Chinese; the question is not
        return None
    return said.to_chinese()


def _read_wording(words: list[str], at: int, said: _Said) -> int:
    """Take the longest wording at this place; the place behind it."""
    known = _english_words()
    for length in range(min(known.longest, len(words) - at), 0, -1):
        wording = tuple(words[at : at + length])
        if wording in known.asks:
            said.asks.append(known.asks[wording])
        elif wording in known.things:
            said.things.append(known.things[wording])
        elif wording in known.places:
            said.places.append(known.places[wording])
        else:
            continue
        said.known = True
        return at + length
    return at + _read_word(words, at, said)


def _read_word(words: list[str], at: int, said: _Said) -> int:
    """A number of pieces, a size, goods named in Chinese, or a Chinese place after to; how many words it took."""
    word, following = words[at], words[at + 1] if at + 1 < len(words) else ""
    if word[0].isdigit():
        counted = following in _english_words().pieces
        offers = not counted and bool(at) and words[at - 1] in _OFFERS
        if counted:
            said.known = True
        if offers:
            said.known = True
            said.asks.append(f"{word}元卖吗")
        elif word.isdigit():
            said.pieces = f"{word}件"
        return 2 if counted else 1
    if _SIZE.match(word):
        said.things.append(f"{word.upper()}码")
    elif _CHINESE.match(word):
        said.things.append(word)
    elif at and words[at - 1] in _TO:
        place, taken = _find_city(words, at)
        said.places += [place] if place else []
        return taken
    return 1


def _find_city(words: list[str], at: int) -> tuple[str, int]:
    """A city or province by its pinyin, written in up to two words: chengdu, cheng du."""
    for taken in (2, 1):
        place = _cities().get("".join(words[at : at + taken]))
        if place:
            return place, taken
    return "", 1


@cache
def _cities() -> Mapping[str, str]:
    return {letters: name for name in city_names() for letters in spellings_of(name)}


@cache
def _english_words() -> EnglishWords:
    written = yaml.safe_load(files("app.language").joinpath("english.yml").read_text(encoding="utf-8"))
    asks, things = (dict(_by_wording(written[kind])) for kind in ("asks", "things"))
    places = {tuple(said.split()): name for said, name in written["places"].items()}
    longest = max(map(len, (*asks, *things, *places)))
    return EnglishWords(asks, things, places, frozenset(written["pieces"]), frozenset(written["everyday"]), longest)


def _by_wording(lines: Mapping[str, list[str]]) -> Iterator[tuple[tuple[str, ...], str]]:
    for chinese, wordings in lines.items():
        for wording in wordings:
            yield tuple(_WORD.findall(wording)), chinese
