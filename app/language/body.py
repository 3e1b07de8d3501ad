"""Reads somebody's height and weight, and whether a size is asked for: 165 60公斤穿什么码, 孩子118拍几码, 平时穿L."""

import re
from dataclasses import dataclass
from decimal import Decimal

from app.language.numbers import HAN, read_number

_CM = r"(?:cm|厘米|公分)"
_SIGNS = "一二三四五六七八九"
_FROM = r"(?:\d{2,3}\s*[-~—到至]\s*)?"
"""The low end of a range, of which the high end is read: 130-140斤."""
_AMOUNT = rf"(?:\d{{2,3}}(?:\.\d)?(?![\d.])|[{HAN}]{{2,6}})"
_UNIT = "斤|公斤|千克|kg"
_NO_HEIGHT = rf"(?!\s*(?:{_UNIT}|元|块|码|个|岁|克))"
_METRES = re.compile(
    rf"(?<![\d.])(?:(?P<whole>[12一二两])米(?P<rest>\d{{1,2}}|[{_SIGNS}零]{{1,2}})?|(?P<point>[12]\.\d{{1,2}})(?:米|m(?![a-z])|(?=[,，、\s/]*\d{{2,3}}\s*(?:{_UNIT}))))"
)
_NAMED_HEIGHT = re.compile(rf"(?:身高|个子|个头)[^\d,，。]{{0,3}}?{_FROM}(?P<height>{_AMOUNT}){_NO_HEIGHT}")
_CHILDS_HEIGHT = re.compile(
    rf"(?:孩子|宝宝|宝贝|儿子|女儿|闺女|娃|小孩|小朋友)[^\d,，。]{{0,4}}(?P<height>\d{{2,3}})(?!\d){_NO_HEIGHT}"
)
_LENGTH = re.compile(rf"(?<![\d.]){_FROM}(?P<height>\d{{2,3}})(?:\.\d)?\s*{_CM}")
_PAIR = re.compile(
    rf"(?<![\d.]){_FROM}(?P<height>1[3-9]\d)(?:\s*{_CM})?(?:[,，、/高]|\s|体重|重|-)+{_FROM}(?P<weight>\d{{2,3}}(?:\.\d)?)"
    rf"(?=\s*(?:{_UNIT}|[的,，?？]|穿|什么|啥|选|买|拍|要|能|$))"
)
_NAMED_WEIGHT = re.compile(rf"体重[^\d,，。]{{0,3}}?{_FROM}(?P<weight>{_AMOUNT})\s*(?P<unit>{_UNIT})?")
_WEIGHT = re.compile(rf"(?<![\d.{HAN}]){_FROM}(?P<weight>{_AMOUNT})\s*多?(?P<unit>{_UNIT})")
_OF_GOODS = re.compile(
    r"(?:[胸腰臀头领袖]围|[衣裤裙袖脚鞋内]长|肩宽|[高宽长厚深]度|[价长宽厚深]|价格|卖|[净毛克承限]重|重量|(?<![体\d分米m公])重)[是为有约:：\s]*$"
)
"""Before a number: it measures the goods, or one part of somebody, and no height or weight."""
_PERSON = re.compile(
    r"(?:我|他|她|孩子|宝宝|儿子|女儿|闺女|老公|老婆|爸|妈|男友|对象|朋友|人|男生|女生)(?:家|的|才|就|有|是|快|大概|差不多|现在|高)*$"
)
_WEARER = re.compile("孩子|宝宝|儿子|女儿|闺女|老公|老婆|爸|妈|男友|男朋友|女友|女朋友|弟|妹|哥|姐|朋友")
_CHILD = re.compile("孩子|宝宝|宝贝|儿子|女儿|闺女|娃|小孩|小朋友")
_NOTHING_ELSE = re.compile(r"[\s,，。.、的吧呢啊呀哦左右差不多大概]*")
_LEAVES = "发|寄|到|能|可|出|走|送|来|补"
"""After 几号: a day, no size."""
_ASKS_SIZE = re.compile(
    rf"(?:穿|拍|选|买|要|拿|下单|推荐)(?:个|一?下)?(?:什么|啥|几|多大|哪个|哪种|多少)(?:的)?(?:码|号(?!{_LEAVES})|尺码|尺寸|合适|$|[呢啊呀?？吗好的])|"
    rf"(?:什么|啥|哪个|多大|几)(?:的)?(?:码|号|尺码)(?!头|线|{_LEAVES})|(?:穿|选|买|拍)多大|(?:码|尺码|号)(?:怎么|咋|如何)(?:选|买|拍)|(?:怎么|咋|如何)选[尺号]?码"
    r"|\d{2,3}\s*(?:斤|公斤|kg)[\s,，]*(?:要|拿|买|选)?多大"
)
_USUAL = re.compile(
    r"(?:平时|平常|一般|一直|以前|通常|都)[^,，。]{0,4}?穿(?:的)?(?:是|的)?\s*(?P<size>\d?x{0,3}[sml]|\d{2})(?![a-z\d])码?"
)
_BUILD = re.compile(
    r"(?<!显)(?<!防)[偏有点比较很]胖|胖(?:一点|点|的|了)|偏壮|[有点比较]壮|肚子大|有肚子|(?:腿|腰|胳膊)粗|骨架大"
    r"|(?:喜欢|习惯|想要?|要|爱|穿得?)(?:穿|选)?(?:得|的)?(?:宽松|松|大)(?:一?点|一?些|的)|(?:喜欢|习惯|爱)(?:穿)?宽松"
)
_WEIGHED = re.compile(rf"(?<![\d.])(?P<weight>\d(?:\.\d)?|[一二两三四五六七八九])\s*多?(?P<unit>{_UNIT})")
_JIN = Decimal(500)
_KILO = Decimal(1000)
_LIGHTEST_IN_JIN, _CHILDS_LIGHTEST_IN_JIN = 85, 35
"""A weight without its unit from here on is in 斤; less is in 公斤."""
_GROWN = 145
"""Who is less tall is a child."""
_LEAST_WEIGHT = 10
_BOTH = 2
"""Numbers of an answer that tells a height and a weight."""
_BARE_NUMBER = re.compile(r"\d{2,3}(?:\.\d)?")
_BARE_NUMBERS = re.compile(
    r"(?:那|就|大概|大约|差不多)*(?:\s*\d{2,3}(?:\.\d)?[\s,，、/和]*)+(?:左右|的|吧|多|呀|哦|啊|。)*"
)
_TALLEST, _SHORTEST = 220, 50


@dataclass(frozen=True, slots=True)
class Body:
    """A height in cm and a weight in grams, as far as they were told."""

    height: Decimal | None = None
    weight: Decimal | None = None

    def complete_with(self, kept: "Body") -> "Body":
        """With the measure told before where this one lacks it."""
        return Body(self.height or kept.height, self.weight or kept.weight)

    def describe(self) -> str:
        """身高165cm、体重120斤."""
        parts = [f"身高{_plain(self.height)}cm"] if self.height else []
        parts += [f"体重{_plain(self.weight / _JIN)}斤"] if self.weight else []
        return "、".join(parts)


def read_body(text: str) -> Body | None:
    """The height and the weight that a plain text tells; None where it tells neither."""
    lowered = text.lower()
    told = _read_weight(lowered)
    height = _read_height(lowered, weighed=told is not None)
    weight = _weigh(*told, height, child=_CHILD.search(lowered) is not None) if told else None
    return Body(height, weight) if height or weight else None


def read_light_body(text: str, *, asked: bool = False) -> Body | None:
    """The weight of an animal for which a size is asked: 8斤 of 泰迪8斤穿什么码, or alone where we `asked`."""
    found = _WEIGHED.search(text.lower()) if asked or asks_size(text) else None
    number = read_number(found["weight"]) if found else None
    if found is None or number is None:
        return None
    return Body(weight=number * (_JIN if found["unit"] == "斤" else _KILO))


def read_bare_body(text: str, *, of_height: bool, of_weight: bool) -> Body | None:
    """The height and the weight of an answer that is numbers alone: 170, 165 110, 120左右; None for any other.

    One number is what was asked for; where both were, one from the height of a grown-up on is a height.
    """
    numbers = _read_bare_numbers(text)
    if not numbers or len(numbers) > _BOTH:
        return None
    tallest = max(numbers)
    is_height = not of_weight or len(numbers) == _BOTH or (of_height and tallest >= _GROWN)
    height = tallest if is_height and _SHORTEST <= tallest <= _TALLEST else None
    weights = [each for each in numbers if not is_height or each != tallest]
    weight = _weigh(weights[0], None, height, child=False) if weights and weights[0] >= _LEAST_WEIGHT else None
    return Body(height, weight) if height or weight else None


def read_bare_number(text: str) -> Decimal | None:
    """The one number that an answer consists of: 53 of 53左右吧; None where there is more or none."""
    numbers = _read_bare_numbers(text)
    return numbers[0] if len(numbers) == 1 else None


def _read_bare_numbers(text: str) -> list[Decimal]:
    return [Decimal(each) for each in _BARE_NUMBER.findall(text)] if _BARE_NUMBERS.fullmatch(text) else []


def asks_size(text: str) -> bool:
    """Whether it is asked which size fits."""
    return _ASKS_SIZE.search(text) is not None


_LISTS_SIZES = re.compile(
    r"(?:有|剩|出|卖|缺|是|模特[^,，]*)(?:的是)?(?:什么|啥|哪个|哪些|哪几个|几个?|多大)(?:的)?(?:码|号|尺码)"
)


def asks_own_size(text: str) -> bool:
    """Whether it is asked which size somebody is to take: 我穿几码; and not which there are (还有什么码)."""
    return asks_size(text) and _LISTS_SIZES.search(text) is None


_SIZE_STEP = re.compile(r"[大小](?=[一1两2]个?[码号])")


def read_size_step(text: str) -> int:
    """How many sizes up (大一码) or down (小一号) is asked for; 0 where neither is."""
    found = _SIZE_STEP.search(text)
    if found is None:
        return 0
    step = 2 if text[found.end()] in "两2" else 1
    return step if found[0] == "大" else -step


def asks_size_chart(text: str) -> bool:
    """Whether the chart itself is asked for: 尺码表发我, 尺码怎么选."""
    return "尺码" in text or "码数" in text or asks_size(text)


def read_wearer(text: str) -> str | None:
    """Who else than the buyer is to wear the goods, as named: 老公 of 我老公有点胖; a pronoun names nobody."""
    found = _WEARER.search(text)
    return found[0] if found else None


def read_usual_size(text: str) -> str | None:
    """The size somebody wears as a rule, as it was written: L of 平时穿L码."""
    found = _USUAL.search(text.lower())
    return found["size"] if found else None


def tells_build(text: str) -> bool:
    """Whether what is told beside the measures asks for a larger size: 孩子有点胖, 喜欢宽松点."""
    return _BUILD.search(text) is not None


def _read_height(text: str, *, weighed: bool) -> Decimal | None:
    """A height that is called one, or a length that can be nothing else: of a person, by a weight, or all there is."""
    metres = _METRES.search(text)
    found = _NAMED_HEIGHT.search(text) or _CHILDS_HEIGHT.search(text) or _PAIR.search(text)
    if found is None or _is_of_goods(text, found):
        lengths = [each for each in (metres, _LENGTH.search(text)) if each and not _is_of_goods(text, each)]
        found = next((each for each in lengths if weighed or _is_of_person(text, each)), None)
    elif metres and metres.start() <= found.start("height") < metres.end():
        found = metres
    if found is None:
        return None
    height = _metres_in_cm(found) if found.re is _METRES else read_number(found["height"])
    return height if height is not None and _SHORTEST <= height <= _TALLEST else None


def _is_of_goods(text: str, found: re.Match[str]) -> bool:
    return _OF_GOODS.search(text, 0, found.start()) is not None


def _is_of_person(text: str, found: re.Match[str]) -> bool:
    """Whether a length is somebody's: a person is named before it, a size is asked for, or nothing else is said."""
    alone = _NOTHING_ELSE.fullmatch(text[: found.start()] + text[found.end() :])
    return bool(alone) or asks_size(text) or _PERSON.search(text, 0, found.start()) is not None


def _metres_in_cm(found: re.Match[str]) -> Decimal | None:
    if found["point"]:
        return Decimal(found["point"]) * 100
    whole, rest = read_number(found["whole"]), found["rest"]
    if whole is None or not rest:
        return None
    figures = "".join(str(_SIGNS.index(sign) + 1) if sign in _SIGNS else sign for sign in rest.replace("零", "0"))
    return whole * 100 + Decimal(figures.ljust(2, "0"))


def _read_weight(text: str) -> tuple[Decimal, str | None] | None:
    """A weight as it was told, with its unit where it has one."""
    rest = _METRES.sub(lambda found: " " * len(found[0]), text)
    found = _NAMED_WEIGHT.search(rest) or next(
        (each for each in _WEIGHT.finditer(rest) if not _is_of_goods(rest, each)), None
    )
    if found is None:
        pair = _PAIR.search(rest)
        return None if pair is None or _is_of_goods(rest, pair) else (Decimal(pair["weight"]), None)
    number = read_number(found["weight"])
    return None if number is None or number < _LEAST_WEIGHT else (number, found["unit"])


def _weigh(number: Decimal, unit: str | None, height: Decimal | None, *, child: bool) -> Decimal:
    """In grams; of a child fewer 斤 are a likely weight."""
    young = child or (height is not None and height < _GROWN)
    in_jin = unit == "斤" if unit else number >= (_CHILDS_LIGHTEST_IN_JIN if young else _LIGHTEST_IN_JIN)
    return number * (_JIN if in_jin else _KILO)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
