"""The wordings of questions: whether a text is one, and the several that shopkeepers write into one cell."""

import re

_BREAK = re.compile(r"[|｜\n;；]")
_ASKS = re.compile(
    r"[吗么嘛呢吧?？]$|什么|怎|多少|多久|多大|多长|多高|多重|几|哪|谁|啥|咋|能|可以|可不可|有没有|是不是|会不会|要不要|不$|为何|如何"
)


def split_wordings(cell: str) -> tuple[str, ...]:
    """The wordings between line breaks, | and semicolons, without repeats; 、 parts them only where each asks.

    「能机洗吗、可以水洗吗」 are two wordings, 「红色、蓝色有吗」 is one.
    """
    parts = [part.strip() for part in _BREAK.split(cell)]
    if len(parts) == 1 and "、" in cell:
        parts = _split_list(cell)
    return tuple(dict.fromkeys(filter(None, parts)))


def is_question(text: str) -> bool:
    """Whether a text asks by its own words: 什么, 能, 有没有, or a particle at its end."""
    return _ASKS.search(text) is not None


def _split_list(cell: str) -> list[str]:
    parts = [part.strip() for part in cell.split("、")]
    return parts if all(map(is_question, parts)) else [cell]
