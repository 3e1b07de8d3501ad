"""Reads a message that but names where goods would be sent: 能寄海口不, 寄内蒙呢 呼和浩特, 新疆发不发."""

import re
from collections.abc import Sequence

_PLACE = "\x00"
_SENDS = r"(?:寄|发货|发快递|发|邮寄|邮|送货|送|配送)"
_LEAD = r"(?:那么?|哦|嗯|对了|请问|亲|如果|要是|我要|我想|想|要|你们|店里|这个|帮我|还有|的话|[,，、\s])*"
_MAY = r"(?:能不能|可不可以|可以|能够|能|会|给|支持)?"
_TO = r"(?:到|往|去|给|来)?"
_WHOSE = r"(?:我?[妈爸]?(?:家|这边|这里|这儿|这|那边|那里|那儿|那|老家|公司|单位|学校)的?)?"
_ENDS = r"(?:那边|这边|这里|那里|可以|能|行|吗|么|嘛|不|呢|吧|啊|呀|的|了|没|得到|[?？!！。~\s])*"
_PATTERNS = (
    re.compile(rf"{_LEAD}{_MAY}{_SENDS}{_TO}{_WHOSE}[,，\s]*{_PLACE}+{_ENDS}[,，\s]*(?:{_PLACE}{_ENDS}[,，\s]*)*"),
    re.compile(rf"{_LEAD}{_PLACE}+(?:那边|这边|这里|那里)?{_MAY}{_SENDS}(?:不{_SENDS}|{_TO}){_ENDS}"),
)
_NOT_THERE = re.compile(rf"^(?:那|哦|嗯|[,，\s])*(?:那|就)?不{_SENDS}{_TO}[^,，。]{{0,6}}[,，]")


def is_destination(text: str, places: Sequence[tuple[int, int]]) -> bool:
    """Whether a normalised message only asks or tells where goods would go, at these `places` (start, end) of it."""
    if not places:
        return False
    marked, at = "", 0
    for start, end in sorted(places):
        marked, at = f"{marked}{text[at:start]}{_PLACE}", end
    marked = _NOT_THERE.sub("", marked + text[at:])
    return any(pattern.fullmatch(marked) for pattern in _PATTERNS)
