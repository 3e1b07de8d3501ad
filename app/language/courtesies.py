"""Takes the courtesies off a question's two ends, which say nothing of what is asked: 亲…呀, 请问…谢谢."""

import re

_BEFORE = re.compile(
    "(?:亲亲?(?![子测自手肤戚友人生])|[您你]好|哈喽|在[吗么]|请问一?下?|(?:麻烦|想|咨询|打扰)?(?:问|咨询)?一下|想问问?|问下|问问|麻烦问下|我想知道|老板|掌柜的?|客服|不好意思)+"
)
_AFTER = re.compile("(?:谢谢[您你啦了]?|多谢|感谢|麻烦[您你]?了|辛苦了|亲亲?|[呀啊呢哦噢哈啦喔哇]|\\?)+$")
FEWEST = 2
"""Characters that must be left."""


def strip_courtesies(canonical: str) -> str:
    """The canonical text without them; the whole where nothing else is said."""
    before = _BEFORE.match(canonical)
    core = canonical[before.end() :] if before and len(canonical) - before.end() >= FEWEST else canonical
    after = _AFTER.search(core)
    return core[: after.start()] if after and after.start() >= FEWEST else core
