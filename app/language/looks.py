"""Colours, materials and sizes as buyers name them, whatever a shop has: 白色的, 竹子的, 3XL."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class LookKind(StrEnum):
    """What a look is of."""

    COLOUR = "colour"
    MATERIAL = "material"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Look:
    """A colour, a material or a size named in a text.

    Attributes:
        word: as it is said back: 白色, 竹; a size is not repeated.
        stem: what a name that means it holds: 白 of 米白.
    """

    kind: LookKind
    word: str
    stem: str


OTHER_SIZE = "这个尺码"
_COLOUR = re.compile(
    r"(?P<word>(?:深|浅|亮|暗|大|纯|米|奶|墨|藏|天|草|玫|酒|宝|军|雾|粉|暖|冷)?"
    r"(?P<stem>黑|白|红|蓝|绿|黄|灰|紫|粉|棕|咖|橙|橘|青|银|金|卡其|杏|驼|透明))(?:色|的(?=有|呢|吗|么|没|多少|卖|$|[?？]))"
)
_MATERIAL = re.compile(
    r"(?P<stem>竹|塑料|玻璃|不锈钢|陶瓷|瓷|紫砂|胡桃木?|樱桃木?|榉木|橡木|松木|檀木|红木|实木|铁|铜|真皮|纯棉|亚麻|羊毛|羊绒|真丝|乳胶|硅胶)"
    r"(?:子|制|材质|做)?(?:的|款)(?=有|呢|吗|么|没|多少|卖|$|[?？])|(?:有没有|有)(?P<stem_b>竹|塑料|玻璃|不锈钢|陶瓷|紫砂|硅胶)(?:子|制)?的"
)
_SIZE = re.compile(r"(?<![a-z\d])(?P<stem>\d?x{1,4}[sl]|[2-9]xl)(?![a-z])", re.IGNORECASE)
_COLOUR_NAME = re.compile(r"色|[黑白红蓝绿黄灰紫粉棕咖橙青银金杏驼]$|卡其|透明")
_PATTERNS = ((LookKind.COLOUR, _COLOUR), (LookKind.MATERIAL, _MATERIAL), (LookKind.SIZE, _SIZE))
_ASKS_FOR = re.compile(
    r"(?:有没有|有木有|有|出|做|要|想要|想买|换|拍|来)[^,，。?？]{0,3}#|#(?:码|款)?(?:的)?(?:还|也|都)?(?:有|多少|卖|什么价|能拍)"
)


def find_wanted_looks(text: str) -> tuple[Look, ...]:
    """The colours, materials and sizes that goods are asked to come in: 有白色的吗, 竹的呢, 3XL多少钱."""
    found = ((kind, each) for kind, pattern in _PATTERNS for each in pattern.finditer(text))
    return tuple(Look(kind, _word(each), _stem(each)) for kind, each in found if _is_asked_for(text, each))


def find_look_span(text: str) -> tuple[int, int] | None:
    """Where a text asks for a colour, a material or a size: the 蓝色 of 有蓝色的吗."""
    found = (each for _, pattern in _PATTERNS for each in pattern.finditer(text) if _is_asked_for(text, each))
    first = next(found, None)
    if first is None:
        return None
    group = next(name for name in ("word", "stem", "stem_b") if first.groupdict().get(name))
    return first.start(group), first.end() if first[0].endswith("色") else first.end(group)


def names_look(words: str) -> bool:
    """Whether words are but a colour, a material or a size: 白的, 不锈钢的."""
    text = f"{words.removesuffix('的')}的"
    return any((found := pattern.match(text)) and found.end() >= len(text) - 1 for _, pattern in _PATTERNS)


def _is_asked_for(text: str, found: re.Match[str]) -> bool:
    asked = found[0].startswith("有")
    return asked or _ASKS_FOR.search(f"{text[: found.start()]}#{text[found.end() :]}") is not None


def _word(found: re.Match[str]) -> str:
    groups = found.groupdict()
    word = str(groups.get("word") or groups["stem"] or groups["stem_b"])
    if word.isascii():
        return OTHER_SIZE
    return f"{word}色" if groups.get("word") and word != "透明" else word


def _stem(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return str(groups["stem"] or groups["stem_b"]).lower().removesuffix("木")


def comes_in(look: Look, names: Iterable[str]) -> bool:
    """Whether one of the names of colours, sizes or materials holds the look."""
    return any(look.stem in name.lower() for name in names)


def is_colour(name: str) -> bool:
    """Whether a variant's name is a colour: 炭黑, 原木色."""
    return _COLOUR_NAME.search(name) is not None
