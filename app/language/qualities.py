"""The qualities that goods are chosen and compared by: the cheap one, the light one, which lasts longer."""

import re
from dataclasses import dataclass
from typing import Final

from app.language.units import MeasureKind


@dataclass(frozen=True, slots=True)
class Quality:
    """One quality.

    Attributes:
        word: as it is said of the goods that have most of it: 便宜, 轻.
        says: characters that name it.
        details: names of details that hold its measure; none where the price is the measure.
        measure: what is measured; None for the price.
        highest: whether the most of the measure has most of the quality.
    """

    word: str
    says: str
    details: tuple[str, ...] = ()
    measure: MeasureKind | None = None
    highest: bool = False


QUALITIES: Final = (
    Quality("便宜", "便宜|实惠|划算"),
    Quality("贵", "贵|高档", highest=True),
    Quality("轻", "轻便?", ("重量", "自重"), MeasureKind.WEIGHT),
    Quality("重", "重", ("重量", "自重"), MeasureKind.WEIGHT, highest=True),
    Quality("续航长", "续航(?:更|比较)?[长久好]?|用得久|待机长", ("续航",), MeasureKind.TIME, highest=True),
    Quality("保质期长", "保质期(?:更|比较)?长|放得久", ("保质期",), MeasureKind.TIME, highest=True),
    Quality("承重大", "承重(?:更|比较)?[大强好]|更?能装重", ("承重",), MeasureKind.WEIGHT, highest=True),
    Quality("容量大", "大|容量(?:更|比较)?大|装得多", ("容量", "净含量"), None, highest=True),
    Quality("小", "小巧?", ("容量", "净含量"), None),
)
"""Of these the price and the measures tell who has more."""
_POINTED = {
    each.word: re.compile(rf"最?(?:{each.says})(?:一?点|些)?的?那[一]?(?:个|款|种|件|只|条|盒|瓶)")
    for each in QUALITIES
}
_ASKED = {
    each.word: re.compile(rf"(?:哪|那)(?:一)?(?:个|款|种|件|只|条)(?:更|比较|最|要)*(?:{each.says})")
    for each in QUALITIES
}


def find_pointed_quality(text: str) -> tuple[int, int, Quality] | None:
    """Where a text points at goods by a quality (便宜的那个), and by which; None where it does not."""
    for quality in QUALITIES:
        found = _POINTED[quality.word].search(text)
        if found:
            return found.start(), found.end(), quality
    return None


def find_asked_quality(text: str) -> Quality | None:
    """The quality that it is asked of which goods has more: 哪个续航长."""
    return next((each for each in QUALITIES if _ASKED[each.word].search(text)), None)
