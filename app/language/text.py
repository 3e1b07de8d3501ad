"""Cleans what a buyer typed into the one form every later step reads; decides nothing about meaning."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import opencc

MAX_TYPED = 4000
"""Characters read of a message before it is cleaned; a buyer's longest real turn is far below."""
MAX_LENGTH = 1000
"""Characters kept after cleaning."""

_GESTURES = {
    "👌": "好的",
    "🆗": "好的",
    "👍": "好的",
    "🙏": "谢谢",
    "🤝": "好的",
    "😡": "生气",
    "🤬": "生气",
    "😠": "生气",
    "👎": "不好",
    "❓": "?",
    "❔": "?",
    "❗": "!",
}
_GESTURE = re.compile("|".join(map(re.escape, _GESTURES)))
_PLATFORM_FACE = re.compile(r"\[[\u4e00-\u9fff]{1,4}\]|/:[0-9A-Za-z^_'\-]{2,4}|<[^<>]{1,40}>|#[EＥ]-s\d+")
_LINK = re.compile(r"https?://[^\s\u4e00-\u9fff]+")
_PICTURES = re.compile(
    "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe00-\ufe0f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd]")
_MARKS = str.maketrans({"。": ".", "、": ",", "～": "~", "“": '"', "”": '"', "‘": "'", "’": "'", "…": "."})
_REPEATED_MARK = re.compile(r"([^\w\s])(?:\s*\1)+")
_MIXED_QUESTION = re.compile(r"[?!]*\?[?!]*")
_REPEATED_CHARACTER = re.compile(r"([^\W\d_])\1{2,}")
_SPACE = re.compile(r"\s+")
_PLAIN = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]*(?:[ ,.?!~，。？！、][\u4e00-\u9fffA-Za-z0-9]+)*[,.?!~，。？！、]?")
"""Words with single marks between, as most messages are: nothing to clean but the marks' width."""
_WIDE_MARKS = str.maketrans("，。？！、", ",.?!,")


def normalise(typed: str) -> str:
    """The message in NFKC and simplified characters, without pictures, doubled marks and stretched characters."""
    plain = len(typed) <= MAX_LENGTH and _PLAIN.fullmatch(typed)
    text = typed.translate(_WIDE_MARKS) if plain else _clean_text(typed)
    return simplify_characters(_REPEATED_CHARACTER.sub(r"\1\1", text).strip()[:MAX_LENGTH])


def _clean_text(typed: str) -> str:
    text = _CONTROL.sub(" ", typed[:MAX_TYPED])
    text = _GESTURE.sub(lambda found: f" {_GESTURES[found[0]]} ", text)
    text = unicodedata.normalize("NFKC", text)[:MAX_TYPED]
    text = _PICTURES.sub(" ", _PLATFORM_FACE.sub(" ", _LINK.sub(" ", text))).translate(_MARKS)
    text = _MIXED_QUESTION.sub("?", _REPEATED_MARK.sub(r"\1", text))
    return _SPACE.sub(" ", text)


def simplify_characters(text: str) -> str:
    """The text with traditional characters written simplified; free when there are none."""
    if text.isascii() or _traditional_characters().isdisjoint(text):
        return text
    return str(_opencc_converter().convert(text))


@cache
def _opencc_converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _traditional_characters() -> frozenset[str]:
    table = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    rows = (line.split() for line in table.read_text(encoding="utf-8").splitlines())
    return frozenset(row[0] for row in rows if len(row) > 1 and row[1] != row[0])


_FUNCTION_WORDS = frozenset(
    "的了着过吗呢么吧啊呀嘛能可以会要是不没有无个这那哪我你您他它们什怎样多少几到在还就也都和跟与或把被给让对为用放买卖看想说问做"
    "好大小一两二三来去上下里外中前后出进开请亲谢得地很太最更只再又先才从向往比件款种次点时候东西行知道觉"
)


def spell_out(text: str) -> str:
    """The text with the question words of speech as they are written: 什么 for 啥, 怎么 for 咋."""
    return text.replace("啥", "什么").replace("咋", "怎么")


def content_letters(text: str) -> set[str]:
    """The letters of a Chinese text that carry a meaning of their own: 晾 and 裂, not 的 and 能."""
    return {letter for letter in text if letter.isalpha() and not letter.isascii()} - _FUNCTION_WORDS


def letter_pairs(text: str) -> set[str]:
    """Every two neighbouring letters of a Chinese text: the smallest pieces that two texts may share a meaning by."""
    pairs = (text[at : at + 2] for at in range(len(text) - 1))
    return {pair for pair in pairs if pair.isalpha() and not pair.isascii()}


_FEWEST_SHARED = 2


def count_shared_letters(text: str, written: str) -> int:
    """How many letters of a text stand in stretches, two and more with a meaning of their own, that are written."""
    shared, at = 0, 0
    while at < len(text):
        end = at
        while end < len(text) and text[at : end + 1] in written and _has_meaning(text[end]):
            end += 1
        found = end - at >= _FEWEST_SHARED
        shared += end - at if found else 0
        at = end if found else at + 1
    return shared


def _has_meaning(letter: str) -> bool:
    return bool(content_letters(letter))


_LATIN = re.compile(r"[a-z]{2,}|\d+[a-z]+")


def latin_words(text: str) -> set[str]:
    """The words in Latin letters, small, and figures with their letters: iphone, mac, 100w; bare units are none."""
    return set(_LATIN.findall(text.lower())) - _LATIN_UNITS


_LATIN_UNITS = frozenset({"cm", "mm", "kg", "ml", "mah", "wh", "ok", "hz"})
