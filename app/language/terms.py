"""What tells two wordings of a question apart: numbers of policy (7天, 满199减20), denials; and who asks for stock."""

import re

from app.language.numbers import NUMBER, read_range

_FIGURE = r"(?:[\d.]+|[一二两三四五六七八九十百]+)"
_TERM = re.compile(
    rf"{_FIGURE}个?(?:天|小时|月|年|岁|折|%|级|期|寸|周)"
    r"|满[\d一二两三四五六七八九十百]+(?:[减送返][\d一二两三四五六七八九十百]*)?|[买拍][\d一二两三四五]送[\d一二两三四五]"
)
_MAY_TERM = re.compile(r"[\d.一二两三四五六七八九十百满买拍]")
_NUMBER = re.compile(NUMBER)
_DENYING = re.compile("[不没别未无莫木]")
"""What every one of the longer patterns holds a character of: most texts hold none and are done."""
_QUESTION_FORM = re.compile(
    r"能不能|可不可以|是不是|有没有|会不会|要不要|行不行|好不好|对不对|在不在|用不用|卖不卖|包不包|发不发|退不退|给不给|送不送|支不支持|需不需要|"
    r"不好意思|不错|不过|对不起|差不多|没事|没关系|不客气|不同|不一样|没错|不然|要不|[不没]\??$"
)
_NEGATION = re.compile(r"不|没|别(?!的|人|家|款)|未|无(?!理由|线|糖|门槛|忧|痕)|莫|木有")

_HAD = re.compile("^(?:还有|有没有|有)|还?有(?:吗|么|没|不|货|现货)")


def policy_terms(text: str) -> frozenset[str]:
    """The numbers of policy in a text with what they count, each in one writing: 七天 and 7天 are the same."""
    if not _MAY_TERM.search(text):
        return frozenset()
    return frozenset(_NUMBER.sub(_in_figures, found[0].replace("个", "")) for found in _TERM.finditer(text))


def _in_figures(found: re.Match[str]) -> str:
    ends = read_range(found[0])
    return f"{ends.high:f}" if ends else found[0]


def contains_negation(text: str) -> bool:
    """Whether the text denies something; A不A questions deny nothing."""
    return bool(_DENYING.search(text) and _NEGATION.search(_QUESTION_FORM.sub("", text)))


def asks_what_is_had(text: str) -> bool:
    """Whether the text asks if something can be had: 有没有大号, 米白有吗."""
    return _HAD.search(text) is not None
