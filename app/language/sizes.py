"""How buyers call a colour or a size for short: 大的 for 大号, 80的 for 80cm; and which parts of a name are none."""

import re
from collections.abc import Iterator

_PIECES = re.compile(r"[一二两三四五六七八九十\d]+[只片条瓶件个套盒张把块人]")
_NO_NAME = re.compile(r"[a-z]+|\d+|[木原]色")
_ENDING = re.compile("木?[色款号形装]$")
_SIZE = re.compile(r"\d+(?=cm|ml|kg|g|寸|米|升|克)")
_BARE_SIZE = re.compile(r"(?<![\d.])(?:\d{2,5}|\d\.\d{1,2})(?=(?:的|款|那款|厘米|公分|毫升|ml|cm|克|g)(?!卖|就|拍))")
_RANGE = re.compile(r"(?<!\d)(\d{1,3})\s*[-~至到]\s*(\d{1,3})(?!\d)")
_WORN = re.compile(r"(?<![\d.])\d{1,3}(?=的|码|号)|(?<=穿)\d{1,3}(?![\d.岁斤公])")
_SIGN = re.compile(
    r"(?<![多么好很太最更])[大中小圆方长短黑白红黄蓝绿灰紫粉橙橘棕咖杏青银金单双高矮](?=的|款|色(?![差号系彩])|一?点的|那个|那款)"
)


_KEPT_AT_HOME = r"(?:我|他|她|咱)们?家[^,，。\s\d]{1,6}(?:才|就|有|是|快|大概|差不多|体重)*\d{1,3}多?(?:斤|公斤|kg)"
_BODY = re.compile(
    r"穿|身高|体重|尺码|什么码|多大码|胖|瘦|[一1]米[一二三四五六七八九\d]|1\.[3-9]\d?米?|(?:我|他|她|孩子|宝宝|儿子|女儿|闺女|老公|老婆|爸|妈|男友|对象|朋友|人)(?:才|就|有|是|快|大概|差不多|体重)*\d{2,3}多?(?:斤|公斤|kg)|"
    rf"{_KEPT_AT_HOME}|"
    r"\d{2,3}\s*(?:斤|公斤|kg)[\s,，]*(?:要|拿|买|选)?多大|"
    r"(?<![\d.])1[4-9]\d(?!\d)\s*(?:cm|厘米|公分|[,，、/高])?\s*\d{2,3}\s*(?:斤|公斤|kg)"
)


def speaks_of_body(text: str) -> bool:
    """Whether weights and heights in the text are somebody's: 160 100斤穿多大 orders nothing by weight."""
    return _BODY.search(text) is not None


_OWN_WEIGHT = re.compile(_KEPT_AT_HOME)


def is_own_weight(text: str, end: int) -> bool:
    """Whether a weight that ends at this place is that of an animal or somebody at home: 我家金毛30斤."""
    return any(found.end() == end for found in _OWN_WEIGHT.finditer(text))


def find_bare_sizes(text: str) -> Iterator[tuple[int, int]]:
    """Numbers that may stand for a size (80的, 60公分); start and end of each."""
    return (found.span() for found in _BARE_SIZE.finditer(text))


_PACK_SIGN = re.compile(r"(?<![最很太更])[大小][袋包瓶盒罐桶份箱板卷]")


def find_pack_signs(text: str) -> Iterator[tuple[int, int]]:
    """Packs called by how much is in them: 小袋, 大瓶; start and end of each."""
    return (found.span() for found in _PACK_SIGN.finditer(text))


def find_signs(text: str) -> Iterator[tuple[int, int]]:
    """Single characters that may stand for a size or a colour (大的, 黑款); start and end of each."""
    return (found.span() for found in _SIGN.finditer(text))


def other_spelling(name: str) -> str | None:
    """The other way to write a size of several X: 2XL as XXL, and back; None for any other name."""
    lower = name.lower()
    if re.fullmatch(r"[2-6]xl", lower):
        return f"{'x' * int(lower[0])}l"
    return f"{len(lower) - 1}xl" if re.fullmatch(r"x{2,6}l", lower) else None


def size_range(name: str) -> tuple[int, int] | None:
    """The ends of a size that covers several: 40 and 44 of 40-44码."""
    found = _RANGE.search(name)
    return (int(found[1]), int(found[2])) if found else None


def find_worn_sizes(text: str) -> Iterator[tuple[int, int]]:
    """Numbers that a buyer wears (42的, 穿42, 42码); start and end of each."""
    return (found.span() for found in _WORN.finditer(text))


def size_number(name: str) -> str | None:
    """The number of a size: 80 of 80cm."""
    found = _SIZE.search(name)
    return found[0] if found else None


def bare_name(name: str) -> str:
    """A colour or size without its last word: 胡桃 of 胡桃木色, 大 of 大号."""
    return _ENDING.sub("", name)


def may_name(part: str) -> bool:
    """Whether a part of a colour's or size's name may stand for it; 四只 counts, and bare letters or figures do not."""
    return not (_PIECES.match(part) or _NO_NAME.fullmatch(part))


_LETTER_SIZE = re.compile(r"(?<![a-z\d])(?:nb|\d?x{0,4}[sml])(?![a-z\d])")
_LEADING_LETTER = re.compile(rf"(?P<size>{_LETTER_SIZE.pattern})[\s(（/]")


def find_letter_sizes(text: str) -> Iterator[tuple[int, int]]:
    """Where sizes in letters stand in a lower-case text: l in l没货, nb, 2xl."""
    for found in _LETTER_SIZE.finditer(text):
        yield found.start(), found.end()


def leading_letter_size(name: str) -> str | None:
    """The size in letters that a lower-case name begins with, before more of it: l of l 44片."""
    found = _LEADING_LETTER.match(name)
    return found["size"] if found else None
