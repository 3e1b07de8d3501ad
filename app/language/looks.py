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
        word: as it is said back: 白色, 竹, 3XL.
        stem: what a name that means it holds: 白 of 米白.
    """

    kind: LookKind
    word: str
    stem: str


_COLOUR = re.compile(
    r"(?P<word>(?:深|浅|亮|暗|大|纯|米|奶|墨|藏|天|草|玫|酒|宝|军|雾|粉|暖|冷|橘)?"
    r"(?P<stem>黑|白|红|蓝|绿|黄|灰|紫|粉|棕|咖|橙|青|银|金|卡其|杏|驼|透明))(?:色|的(?=有|呢|吗|么|没|多少|卖|$|[?？]))"
)
_MATERIAL = re.compile(
    r"(?P<stem>竹|塑料|玻璃|不锈钢|陶瓷|瓷|紫砂|胡桃木?|樱桃木?|榉木|橡木|松木|檀木|红木|实木|铁|铜|真皮|纯棉|亚麻|羊毛|羊绒|真丝|乳胶|硅胶)"
    r"(?:子|制|材质|做)?(?:的|款)(?=有|呢|吗|么|没|多少|卖|$|[?？])|(?:有没有|有)(?P<stem_b>竹|塑料|玻璃|不锈钢|陶瓷|紫砂|硅胶)(?:子|制)?的"
)
_SIZE = re.compile(r"(?<![a-z\d])(?P<stem>\d?x{1,4}[sl]|[2-9]xl)(?![a-z])", re.IGNORECASE)
_PATTERNS = ((LookKind.COLOUR, _COLOUR), (LookKind.MATERIAL, _MATERIAL), (LookKind.SIZE, _SIZE))
_ASKS_FOR = re.compile(
    r"(?:有没有|有木有|有|出|做|要|想要|想买|换|拍|来)[^,，。?？]{0,3}#|#(?:码|款)?(?:的)?(?:还|也|都)?(?:有|呢|多少|卖|什么价|能拍)"
)


def find_wanted_looks(text: str) -> tuple[Look, ...]:
    """The colours, materials and sizes that goods are asked to come in: 有白色的吗, 竹的呢, 3XL多少钱."""
    found = ((kind, each) for kind, pattern in _PATTERNS for each in pattern.finditer(text))
    return tuple(Look(kind, _word(each), _stem(each)) for kind, each in found if _is_asked_for(text, each))


def _is_asked_for(text: str, found: re.Match[str]) -> bool:
    asked = found[0].startswith("有")
    return asked or _ASKS_FOR.search(f"{text[: found.start()]}#{text[found.end() :]}") is not None


def _word(found: re.Match[str]) -> str:
    groups = found.groupdict()
    word = str(groups.get("word") or groups["stem"] or groups["stem_b"])
    return f"{word}色" if groups.get("word") and word != "透明" else word.upper() if word.isascii() else word


def _stem(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return str(groups["stem"] or groups["stem_b"]).lower().removesuffix("木")


def comes_in(look: Look, names: Iterable[str]) -> bool:
    """Whether one of the names of colours, sizes or materials holds the look."""
    return any(look.stem in name.lower() for name in names)
