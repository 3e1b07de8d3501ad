"""Models of things as buyers type them: 15pro, pro max, 苹果15 and 小米14pro for iPhone 15 Pro, 小米14 Pro."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.language.figures import find_figures

_TOKEN = re.compile(r"[a-z]+|\d+|[\u4e00-\u9fff]+")
_RUN = re.compile(r"[a-z0-9]+(?:[ \-+]?[a-z0-9]+)*")
_FIGURE = re.compile(r"\d{1,4}")
_LATIN = re.compile(r"[a-z]+")
_SHADE = re.compile(r"0*(\d{1,3})(?![\d.])(?:号色?|#|的|色)")
_ENDS_MODEL = re.compile(r"\s*(?:的|款|那款|系列|手机|有|多少|怎|$|[?,.!吗呢吧])")
_SAME_MAKER: Final = {"苹果": "iphone", "爱疯": "iphone", "ip": "iphone"}
"""What buyers call a line of models by another word for its maker."""
LONGEST_SHORT: Final = 2
"""Letters that may be the first ones of a model's words: pm of pro max."""


@dataclass(frozen=True, slots=True)
class ModelSpan:
    """A part of a text and the model it stands for; None where it names a model that is not among those known."""

    start: int
    end: int
    name: str | None


def split_model(name: str) -> tuple[str, ...]:
    """The words and figures of a name: iphone, 15, pro; 小米, 14."""
    return tuple(_SAME_MAKER.get(each, each) for each in _TOKEN.findall(name.lower()))


def is_model(name: str) -> bool:
    """Whether a variant is named after a model: words beside figures that measure nothing (iPhone 15, 小米14 Pro)."""
    lowered, tokens = name.lower(), split_model(name)
    worded = [each for each in tokens if not each.isdecimal()]
    latin = any(_LATIN.fullmatch(each) and len(each) > 1 for each in worded)
    leading = bool(tokens) and not tokens[0].isdecimal()
    figured = any(_FIGURE.fullmatch(each) for each in tokens)
    return leading and figured and (latin or len(tokens) == len("ab")) and not find_figures(lowered)


class ModelNames:
    """The models among one product's variants."""

    def __init__(self, names: Iterable[str]) -> None:
        models = [name for name in dict.fromkeys(names) if is_model(name)]
        self._models = {name: split_model(name) for name in models}
        makers = {tokens[0] for tokens in self._models.values() if not tokens[0].isdecimal()}
        self._makers = sorted(makers | set(_SAME_MAKER), key=len, reverse=True)

    def find_models(self, text: str) -> list[ModelSpan]:
        """Each model that a lower-case text names."""
        if not self._models:
            return []
        found = [self._read_run(text, match) for match in _RUN.finditer(text)]
        return [each for each in found if each is not None]

    def _read_run(self, text: str, match: re.Match[str]) -> ModelSpan | None:
        start, maker = self._find_maker(text, match.start())
        said = split_model(match[0])
        if len(said) == 1 and not maker and said[0].isdecimal() and not _ENDS_MODEL.match(text, match.end()):
            return None
        fitting = [name for name, tokens in self._models.items() if _names_model(maker, said, tokens)]
        if len(fitting) == 1:
            return ModelSpan(start, match.end(), fitting[0])
        unknown = not fitting and any(each.isdecimal() for each in said) and bool(maker)
        return ModelSpan(start, match.end(), None) if unknown else None

    def _find_maker(self, text: str, at: int) -> tuple[int, str]:
        """Where the maker's name before a place begins, and the name; the place itself where none stands there."""
        before = text[:at].rstrip()
        word = next((each for each in self._makers if before.endswith(each) and not each.isascii()), "")
        return (len(before) - len(word), _SAME_MAKER.get(word, word)) if word else (at, "")


def _names_model(maker: str, said: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether these words are the end of the model's name, or all of it, by the maker that is said."""
    whole = [maker, *said] if maker else list(said)
    if len(whole) == 1 and not whole[0].isdecimal():
        return any("".join(tokens[at:]) == whole[0] for at in range(len(tokens) - 1))
    return any(_matches(whole, tokens[at:]) or "".join(whole) == "".join(tokens[at:]) for at in range(len(tokens)))


def _matches(said: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether the words are these tokens to the end; one or two letters stand for the first ones of as many words."""
    if not said or not tokens:
        return not said and not tokens
    if said[0] == tokens[0] and _matches(said[1:], tokens[1:]):
        return True
    letters = said[0]
    if not letters.isascii() or not letters.isalpha() or len(letters) > LONGEST_SHORT:
        return False
    initials = [each[0] for each in tokens[: len(letters)] if each.isascii() and each.isalpha()]
    return initials == list(letters) and _matches(said[1:], tokens[len(letters) :])


def find_shades(text: str) -> Iterable[tuple[int, int, int]]:
    """Numbers of colours as buyers say them (5号, 05色): start, end and the number of each."""
    return ((match.start(), match.end(1), int(match[1])) for match in _SHADE.finditer(text))


def shade_number(name: str) -> int | None:
    """The number that a colour's name begins with: 5 of 05枫叶."""
    found = re.match(r"0*(\d{1,3})(?=[^\d.]*[\u4e00-\u9fff])", name)
    return int(found[1]) if found and not find_figures(name.lower()) else None
