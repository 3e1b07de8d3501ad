"""Finds places and tells their province: 乌鲁木齐 is in 新疆, 义乌 in 浙江; 河南路 is a street, 北京烤鸭 a dish.

The table is places.csv, made by .ci/places from the data that NOTICE names; regions such as 江浙沪 are here.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from operator import add


class PlaceLevel(StrEnum):
    """How large a place is."""

    REGION = "region"  # several provinces
    PROVINCE = "province"
    CITY = "city"  # prefectures of every kind
    COUNTY = "county"  # districts, counties and the cities of their rank


@dataclass(frozen=True, slots=True)
class PlaceSpan:
    """A place at its place in the text.

    Attributes:
        name: without its suffix, as tables have it: 新疆 for 新疆维吾尔自治区, 内蒙古 for 内蒙.
        provinces: those it may lie in; several for a region, and for a name that several provinces have.
        located: the words around say that something goes there, comes from there or is there.
        of_goods: the name seems a part of a dish's or an article's name (北京烤鸭, 景德镇茶杯).
    """

    start: int
    end: int
    text: str
    name: str
    provinces: tuple[str, ...]
    level: PlaceLevel
    located: bool = False
    of_goods: bool = False

    @property
    def province(self) -> str | None:
        """The province, where it can be but one."""
        return self.provinces[0] if len(self.provinces) == 1 else None


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    suffix: str
    level: PlaceLevel
    provinces: tuple[str, ...]
    alone: bool


_REGIONS: Mapping[str, str] = {
    "江浙沪皖": "江苏 浙江 上海 安徽",
    "江浙沪": "江苏 浙江 上海",
    "江浙": "江苏 浙江",
    "长三角": "江苏 浙江 上海",
    "包邮区": "江苏 浙江 上海",
    "珠三角": "广东",
    "京津冀": "北京 天津 河北",
    "东三省": "辽宁 吉林 黑龙江",
    "东北": "辽宁 吉林 黑龙江",
    "华北": "北京 天津 河北 山西 内蒙古",
    "华东": "上海 江苏 浙江 安徽 福建 江西 山东",
    "华中": "河南 湖北 湖南",
    "华南": "广东 广西 海南",
    "西北": "陕西 甘肃 青海 宁夏 新疆",
    "西南": "重庆 四川 贵州 云南 西藏",
    "川渝": "四川 重庆",
    "两广": "广东 广西",
    "两湖": "湖南 湖北",
    "云贵": "云南 贵州",
    "新藏": "新疆 西藏",
    "港澳台": "香港 澳门 台湾",
    "港澳": "香港 澳门",
}
_ALIASES = {
    "内蒙": "内蒙古",
    "乌市": "乌鲁木齐",
    "呼市": "呼和浩特",
    "大上海": "上海",
    "帝都": "北京",
    "魔都": "上海",
    "浦东新区": "浦东",
}
_SUFFIX = re.compile(
    r"(?:维吾尔|壮族|回族)?自治[区州县旗]|特别行政区|地区|林区|新区|省|市(?![场面区井])|州|盟|区(?!别|块|间)|县|旗(?!舰|袍|下)"
)
_STREET = re.compile(
    r"[东西南北中]?[一二三四五六七八九十]?(?:段|环)?(?:路(?!上|由)|街|大道|大街|巷|胡同|弄(?!堂?坏)|里弄)"
)
_TO = re.compile(
    r"(?:(?<![收拿买看用等得听想达感直签遇碰找])到|寄往?|(?:发|送|运|寄)[往至去]|前往|往|寄给|邮(?!政)|人在|家在|住在?|我在|你们在|仓库?在|地址[是:在]?|从|发(?!货))"
    r"\s*(?:我们?)?$"
)
_GOES = re.compile(
    r"(?:市区|省内|市内|本地|这[边里]|那[边里]|地区|农村|的)?\s*(?:能不能|可不可以|能|可以|会|是|也|都|算|属于?|要|需要|大概|一般)?\s*"
    r"(?:包不?包?邮|免邮|免运|不?包邮|发不发|发得?到|发吗|发货|发顺丰|发什么|寄|送到|送货|到不到|到吗|到得了|收得?到|"
    r"[要得]?多久|几天|多少天|运费|邮费|快递费?|偏远|有?(?:门店|实体店|仓库|分店|现货仓)|什么时候[能到])"
)
_AFTER_NAME = re.compile(
    r"$|[^\u4e00-\u9fff]|大概|大约|一般|地区|[省市境]?内|为何|当地|现发|直发|对[吗不吧]|保税|[了等]|[东西南北]?[二三四五六]环|仓|全[部都包]?|每|另|再|加|补|付|拍|贵|便宜|怎|按|走|"
    r"顺丰|圆通|中通|申通|韵达|极兔|京东|德邦|转运|中转|集散|分拨|网点|驿站|自提|门店|同城|今[天晚]|[明后昨]天|[上下]午|现在|目前|"
    r"[一二两三四五六七八九十]+[天个件]|[的呢吗吧啊呀哦也都就是可能要会有没不多几什怎哪啥发寄到送包免运邮快收需偏行那这里边和跟或与及以还算属于客买分人市省周附离去过来住，。用在]"
)
_JOINT = re.compile(r"[\s,，、省市的]{0,2}$")


_NEAR = 8  # characters before a place that may say where something goes


@cache
def _table() -> Mapping[str, Sequence[tuple[str, tuple[_Row, ...]]]]:
    """First two characters → what is said and the places it may mean, the longest first."""
    rows: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in _rows():
        rows[row.name].append(row)
        if row.suffix:
            rows[row.name + row.suffix].append(row)
    for said, name in _ALIASES.items():
        rows[said] = [row for row in rows[name] if row.alone]
    table: defaultdict[str, list[tuple[str, tuple[_Row, ...]]]] = defaultdict(list)
    for said in sorted(rows, key=len, reverse=True):
        table[said[:2]].append((said, tuple(rows[said])))
    return dict(table)


def _rows() -> Iterator[_Row]:
    with files("app.language").joinpath("places.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            level = PlaceLevel(row["level"])
            yield _Row(row["name"], row["suffix"], level, (row["province"],), row["alone"] == "1")
    for name, provinces in _REGIONS.items():
        yield _Row(name, "", PlaceLevel.REGION, tuple(provinces.split()), alone=True)


def city_names() -> tuple[str, ...]:
    """Names of provinces and cities, without their suffixes."""
    return tuple(row.name for row in _rows() if row.level in {PlaceLevel.PROVINCE, PlaceLevel.CITY})


def provinces_of(name: str) -> tuple[str, ...]:
    """The provinces that a place of this name, with or without its suffix, may lie in; empty for an unknown one."""
    bare = name.strip()
    for said, rows in _table().get(bare[:2], ()):
        if said == bare:
            return _merged(_likeliest(rows))
    return ()


def lies_in(place: str, region: str) -> bool:
    """Whether a place is in a region or is it: 乌鲁木齐 in 新疆. One of several provinces is in none."""
    if place in region or region in place:
        return True
    around = _provinces_covered(region)
    inside = provinces_of(place) if around else ()
    return bool(inside) and around.issuperset(inside)


@lru_cache(maxsize=1024)
def _provinces_covered(region: str) -> frozenset[str]:
    """The provinces that all belong to a place of this name; none for a city."""
    bare = region.strip()
    rows = next((rows for said, rows in _table().get(bare[:2], ()) if said == bare), ())
    large = [row for row in rows if row.level in (PlaceLevel.PROVINCE, PlaceLevel.REGION)]
    return frozenset(_merged(large))


def find_places(text: str) -> tuple[PlaceSpan, ...]:
    """Every place of a plain text, in order.

    A name that is an everyday word or that several provinces have (开封, 朝阳) counts only with its suffix, next to a
    place that holds it, or where the words around speak of going there.
    """
    return () if _table().keys().isdisjoint(map(add, text, text[1:])) else _find(text)


@lru_cache(maxsize=2048)
def _find(text: str) -> tuple[PlaceSpan, ...]:
    found: list[PlaceSpan] = []
    at = 0
    while at < len(text) - 1:
        span, at = _at(text, at, found[-1] if found else None)
        if span is not None:
            found.append(span)
    return tuple(_in_goods(found, text))


def _at(text: str, at: int, before: PlaceSpan | None) -> tuple[PlaceSpan | None, int]:
    """The place that begins here, and where to read on."""
    for said, rows in _table().get(text[at : at + 2], ()):
        if text.startswith(said, at):
            end = at + len(said)
            street = _STREET.match(text, end)
            if street:
                return None, street.end()
            span = _meant(text, at, end, rows, before)
            return span, span.end if span else at + 1
    return None, at + 1


def _meant(text: str, start: int, end: int, rows: Sequence[_Row], before: PlaceSpan | None) -> PlaceSpan | None:
    suffix = _SUFFIX.match(text, end)
    fitting = [row for row in rows if suffix and suffix[0][-1:] == row.suffix[-1:]]
    if fitting and suffix:
        end = suffix.end()
    inside = [row for row in fitting or rows if before and row.provinces[0] in before.provinces]
    held = bool(inside) and before is not None and _JOINT.match(text[before.end : start]) is not None
    whole = any(text[start:end] == row.name + row.suffix for row in rows if row.suffix)
    located = _TO.search(text[max(0, start - _NEAR) : start]) is not None or _GOES.match(text, end) is not None
    chosen = inside if held else fitting or list(_likeliest(rows))
    if not (held or fitting or whole or located or any(row.alone for row in rows)):
        return None
    level = max((row.level for row in chosen), key=_RANK.index)
    located = located or (held and before is not None and before.located)
    return PlaceSpan(start, end, text[start:end], chosen[0].name, _merged(chosen), level, located)


_RANK = (PlaceLevel.COUNTY, PlaceLevel.CITY, PlaceLevel.PROVINCE, PlaceLevel.REGION)


def _likeliest(rows: Sequence[_Row]) -> Sequence[_Row]:
    """A name alone means the larger place (喀什 the prefecture, not its city), unless none is known by it alone."""
    alone = [row for row in rows if row.alone]
    if not alone:
        return rows
    largest = max((row.level for row in alone), key=_RANK.index)
    return [row for row in alone if row.level is largest]


def _merged(rows: Sequence[_Row]) -> tuple[str, ...]:
    return tuple(sorted({province for row in rows for province in row.provinces}))


def _in_goods(spans: Sequence[PlaceSpan], text: str) -> Iterator[PlaceSpan]:
    """A name before a noun, that nothing goes to, is a part of the noun; one before another place is not."""
    starts = {span.start for span in spans}
    for span in spans:
        goods = not span.located and span.end not in starts and _AFTER_NAME.match(text, span.end) is None
        yield _of_goods(span) if goods else span


def _of_goods(span: PlaceSpan) -> PlaceSpan:
    return PlaceSpan(
        span.start, span.end, span.text, span.name, span.provinces, span.level, span.located, of_goods=True
    )
