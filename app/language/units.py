"""The one list of measure words: what they measure, and how many base units one of them is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class MeasureKind(StrEnum):
    """What a measure word measures; the base unit of the kind beside it."""

    COUNT = "count"  # pieces
    WEIGHT = "weight"  # gram
    LENGTH = "length"  # centimetre
    AREA = "area"  # square centimetre
    VOLUME = "volume"  # millilitre
    MONEY = "money"  # 元
    TIME = "time"  # hour
    TECHNICAL = "technical"  # watts, volts, degrees, layers: no base unit
    ABSTRACT = "abstract"  # times and kinds: nothing that could be packed


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure word; `base` is how many base units of its kind one of it is."""

    word: str
    kind: MeasureKind
    base: Decimal = Decimal(1)


_COUNT_WORDS = (
    "大包 小包 大箱 小箱 大袋 小袋 大盒 小盒 件 个 箱 包 袋 盒 瓶 套 条 双 只 支 把 张 罐 提 组 份 台 "
    "部 本 片 对 桶 卷 根 枚 板 听 捆 副 棵 盆 床 顶 辆 款 联 串 粒 颗 筒 壶 杯 单 枝 盏 块 幅 匹 "
    "架 朵 扇 箩 坛 盘 碗 篮 扎 打"
)
_DOZEN = Decimal(12)
_SCALES: Mapping[MeasureKind, Mapping[str, str]] = {
    MeasureKind.WEIGHT: {
        "公斤 千克 kg": "1000",
        "斤 市斤": "500",
        "两": "50",
        "克 g": "1",
        "毫克 mg": "0.001",
        "吨": "1000000",
        "磅": "453.6",
    },
    MeasureKind.LENGTH: {
        "毫米 mm": "0.1",
        "厘米 公分 cm": "1",
        "分米 dm": "10",
        "米 m": "100",
        "公里 千米 km": "100000",
        "寸 英寸": "2.54",
        "尺": "33.33",
    },
    MeasureKind.AREA: {"平方米 平米 平方 平 ㎡": "10000", "平方厘米": "1"},
    MeasureKind.VOLUME: {"毫升 ml": "1", "升 公升 l": "1000"},
    MeasureKind.MONEY: {"元 块钱 块 圆 rmb yuan 人民币 大洋": "1", "毛钱 毛 角": "0.1", "分钱": "0.01"},
    MeasureKind.TIME: {
        "秒 秒钟": "0.000278",
        "分钟": "0.016667",
        "小时 个小时 钟头 个钟头 个钟 hours hour h": "1",
        "天 日 工作日 个工作日 days day": "24",
        "周 个周 星期 个星期 礼拜 个礼拜": "168",
        "个月 月": "720",
        "年": "8760",
    },
    MeasureKind.ABSTRACT: {"次 回 遍 种 样": "1"},
    MeasureKind.TECHNICAL: {"瓦 w 伏 v 度 摄氏度 °c ℃ ° 目 层 号色 码 岁 pcs": "1"},
}


def _table() -> dict[str, Measure]:
    found = {word: Measure(word, MeasureKind.COUNT) for word in _COUNT_WORDS.split()}
    found["打"] = Measure("打", MeasureKind.COUNT, _DOZEN)
    for kind, scales in _SCALES.items():
        for words, base in scales.items():
            found.update({word: Measure(word, kind, Decimal(base)) for word in words.split() if word not in found})
    return found


MEASURES: Mapping[str, Measure] = MappingProxyType(_table())
"""By word, in lower case; 块 is a count of pieces here, the readers of money know when it is 元."""


def words_of(*kinds: MeasureKind) -> tuple[str, ...]:
    """The measure words of these kinds (all kinds where none is given), the longest first."""
    wanted = kinds or tuple(MeasureKind)
    return tuple(sorted((word for word, each in MEASURES.items() if each.kind in wanted), key=lambda word: -len(word)))


def pattern_of(words: Iterable[str]) -> str:
    """A quick pattern of any of the words, the longest first; a Latin one is not followed by another letter."""
    longest = sorted(words, key=len, reverse=True)
    many = [_alone(word) for word in longest if len(word) > 1]
    signs = "".join(re.escape(word) for word in longest if len(word) == 1 and not _is_latin(word))
    letters = "".join(word for word in longest if len(word) == 1 and _is_latin(word))
    last = [*([f"[{signs}]"] if signs else []), *([f"[{letters}]{_ALONE}"] if letters else [])]
    firsts = "".join(sorted({re.escape(word[0]) for word in longest}))
    return f"(?:(?=[{firsts}])(?:{'|'.join([*many, *last])}))"


_ALONE = "(?![A-Za-z])"


def _alone(word: str) -> str:
    return re.escape(word) + (_ALONE if _is_latin(word[-1]) else "")


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


MONEY_WORDS = ("元", "块钱", "块", "圆", "rmb", "RMB", "yuan", "人民币", "大洋")
"""Words that make a number an amount in 元."""
COUNT = pattern_of(words_of(MeasureKind.COUNT))
ANY = pattern_of({*MEASURES, *MONEY_WORDS})

CORNERS = "[三四六八]角(?!钱|$)"
"""Names a shape and no tenths of a yuan: 四角有气囊."""
