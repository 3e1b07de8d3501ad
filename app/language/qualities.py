"""The qualities that goods are chosen and compared by: the cheap one, the light one, which lasts longer."""

import re
from dataclasses import dataclass
from typing import Final

from app.language.units import MeasureKind
from app.language.wishes import read_pack_size


@dataclass(frozen=True, slots=True)
class Quality:
    """One quality.

    Attributes:
        word: as it is said of the goods that have most of it: 便宜, 轻.
        says: characters that name it.
        details: names of details that hold its measure; none where the price is the measure.
        measures: what is measured; empty for the price.
        highest: whether the most of the measure has most of the quality.
        per_piece: whether the price counts by the piece of a pack.
    """

    word: str
    says: str
    details: tuple[str, ...] = ()
    measures: frozenset[MeasureKind] = frozenset()
    highest: bool = False
    per_piece: bool = False


_WEIGHT, _TIME = frozenset({MeasureKind.WEIGHT}), frozenset({MeasureKind.TIME})
_HOLDS = frozenset({MeasureKind.VOLUME, MeasureKind.WEIGHT})
CHEAP: Final = Quality("便宜", "便宜|实惠")
LIGHT: Final = Quality("轻", "轻便?", ("重量", "自重"), _WEIGHT)
LASTING: Final = Quality("续航久", "续航(?:时间)?(?:更|比较)?[长久好强]?|用得久|待机长", ("续航",), _TIME, highest=True)
KEEPING: Final = Quality("保质期长", "保质期(?:更|比较)?长|放得久", ("保质期",), _TIME, highest=True)
BEARING: Final = Quality("承重大", "承重(?:更|比较)?[大强好]?|能装重", ("承重",), _WEIGHT, highest=True)
ROOMY: Final = Quality("容量大", "大|容量(?:更|比较)?大|装得多", ("容量",), _HOLDS, highest=True)
QUALITIES: Final = (
    CHEAP,
    Quality("划算", "划算|合算", per_piece=True),
    Quality("贵", "贵|高档", highest=True),
    LIGHT,
    Quality("重", "重", ("重量", "自重"), _WEIGHT, highest=True),
    LASTING,
    KEEPING,
    BEARING,
    ROOMY,
    Quality("小", "小巧?", ("容量",), _HOLDS),
)
"""Of these the price and the measures tell who has more."""
GENERAL: Final = (CHEAP, LIGHT, LASTING, BEARING, ROOMY)
"""Those told to who asks for none of them."""
_THING = r"(?:个|款|种|件|只|条|盒|瓶)"
_POINTED = {each.word: re.compile(rf"最?(?:{each.says})(?:一?点|些)?的?那一?{_THING}") for each in QUALITIES}
_ASKED = {
    each.word: re.compile(rf"哪一?{_THING}(?:更|比较|最|要)*(?:{each.says})(?=$|[一点些呢啊呀吗?？,，。\s])")
    for each in QUALITIES
}
_EITHER = {
    each.word: re.compile(rf"(?:{each.says})还是|还是[^,，?？]{{1,8}}?(?:更|比较)?(?:{each.says})[呢啊?？]*$")
    for each in QUALITIES
}
_WHICH = re.compile(
    rf"哪一?{_THING}(?:(?:更|比较|最)?(?:好|合适|适合)?一?[点些]?[呢啊呀?？。\s]*$|(?:更|比较|最)?适合)"
)
_CRITERION = re.compile(
    rf"哪一?{_THING}(?:更|比较|最|要|颜色)*(?P<what>(?!好|合适|适合|值|划算|是|有|能|可以|的|呢)[\u4e00-\u9fff]{{1,5}}?)(?:一?点|一?些)?[呢啊呀吗?？。\s]*$"
)
_MEANS = {
    "安静": "安静|静音|轻声|声音小|低噪|无声",
    "暖和": "暖|厚款|加绒|加厚|冬天",
    "保暖": "暖|厚款|加绒|加厚|冬天",
    "薄": "薄",
    "厚": "厚",
    "结实": "结实|耐用|牢固|硬",
    "软": "柔软|软",
    "辣": "辣",
    "甜": "甜",
}
"""Other words by which goods say a quality."""
_NUMBER_BEHIND = re.compile(r"(?<=[\u4e00-\u9fff]{2})[#号]?[a-z]?\d{1,4}#?$", re.IGNORECASE)
_SINGLE = ("单", "一")
_DENIES = re.compile("不|没|无|非")


def find_pointed_quality(text: str) -> tuple[int, int, Quality] | None:
    """Where a text points at goods by a quality (便宜的那个), and by which; None where it does not."""
    for quality in QUALITIES:
        found = _POINTED[quality.word].search(text)
        if found:
            return found.start(), found.end(), quality
    return None


def find_asked_quality(text: str) -> Quality | None:
    """The quality that it is asked of which goods has more: 哪个续航长."""
    asked = (each for each in QUALITIES if _ASKED[each.word].search(text) or _EITHER[each.word].search(text))
    return next(asked, None)


def asks_which(text: str) -> bool:
    """Whether it is asked which of several is to be taken: 新手用哪个, 哪款适合老人."""
    return _WHICH.search(text) is not None


def read_criterion(text: str) -> str | None:
    """Any other quality that is asked so: 显白 of 哪个显白; None for 哪个好."""
    found = _CRITERION.search(text)
    return found["what"] if found else None


def says_criterion(clause: str, criterion: str) -> bool:
    """Whether a written clause says that the goods have a quality, and does not deny it."""
    found = re.search(_MEANS.get(criterion, re.escape(criterion)), clause)
    return found is not None and not _DENIES.search(clause[: found.start()][-2:])


def count_in_pack(name: str) -> int | None:
    """How many pieces a variant of this name holds: six of 六片装, one of 单片; None where it tells none."""
    return read_pack_size(name) or (1 if name.startswith(_SINGLE) else None)


def bare_model(name: str) -> str:
    """A variant's name without the number behind its words: 豆沙 of 豆沙101."""
    return _NUMBER_BEHIND.sub("", name)
