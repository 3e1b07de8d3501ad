"""The one reader of choices: 第二个, 2, ②, B, 后面那个, 最后一个, 大的那款, 便宜的, 两个都要, 都不要, 随便."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from app.language.numbers import HAN, read_number


class ChoiceKind(StrEnum):
    """How a buyer chooses among what was offered."""

    INDEX = "index"  # by place, or by words of one label
    ATTRIBUTE = "attribute"  # by a quality that the labels do not tell: the cheap one
    ALL = "all"
    NONE = "none"
    ANY = "any"
    OTHER = "other"  # another than the one spoken of


class Quality(StrEnum):
    """What a buyer may choose by."""

    LARGE = "large"
    SMALL = "small"
    MIDDLE = "middle"
    LONG = "long"
    SHORT = "short"
    CHEAP = "cheap"
    DEAR = "dear"
    NEW = "new"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    Attributes:
        indices: places among the options, from 0; several for 第一个和第三个 and for all, empty for none, any, other.
        quality: what was chosen by, for an attribute no label settles.
        whole: the message is nothing but the choice; otherwise it says more (第二个怎么洗).
    """

    kind: ChoiceKind
    indices: tuple[int, ...] = ()
    quality: Quality | None = None
    whole: bool = True

    @property
    def index(self) -> int | None:
        """The place chosen, where it is one."""
        return self.indices[0] if len(self.indices) == 1 else None


_KEPT = 1024
_LEAD = r"(?:好的?|嗯+|那|就|我|想|要|选|拿|来|买|拍|换|改|给我|是|用|看|说的是|指的是|[,，.。:： ])*+"
_TAIL = r"(?:吧|呢|啊|呀|哦|的|了|好了|哈|嘛|就行|就好|就可以|可以|也行|谢谢|亲|[,，.。!！~ ])*"
_THING = (
    r"(?:那|这)?(?:一)?(?:个|款|种|号|项|条|件|笔|单|只|套|样|色|家|支|把|张|本|瓶|盒|箱|包|双|位|选项|那边)?"
    r"(?:订单|商品|方案|规格)?"
)
_ONE = r"(?:个|款|种|项|条|件|笔|单|套)(?!月|星期|小时)"
_THAT = r"(?:的|那|这|的那|的这|一|那一|的那一)"
_NTH = rf"(?P<nth>第\s*(?:\d{{1,2}}|[{HAN}]{{1,3}}))(?!\s*(?:次|天|年|周|月|遍|名|代|时间|一次|人))(?:{_THING})"
_LAST = rf"(?P<last>(?:倒数第一|最后|最末|末尾|最下|最底下?)面?的?(?:那|这)?一?{_ONE})"
_FIRST = rf"(?P<first>(?:头一?|首|最[前上]面?的?那?|开头那?){_ONE})"
_BACK = rf"(?P<back>(?:[后下]面?|底下|[后下右][头边面]){_THAT}{_ONE})"
_FRONT = rf"(?P<front>(?:[前上]面?|[前上左][头边面]){_THAT}{_ONE})"
_CENTRE = rf"(?P<centre>(?:中间|当中|正中|居中)(?:的|那|这|的那|的这)?一?(?:{_ONE})?)"
_BARE_SIDE = r"(?P<side>后面的|前面的|上面的|下面的|左边的|右边的|后边的|前边的)"
_ALL = (
    r"(?P<all>(?:[两二三四五六俩]|\d|这些|那些|它们|全部?|所有)?\s*(?:个|款|种|样|件|套)?(?:的)?(?:我)?(?:都|全部?|全都)"
    r"(?:要|买|拿|拍|选|来|有|算|退|换|是)|全要|全部都?要|全都要|一样一个|各来?一[个件份])"
)
_NONE = (
    r"(?P<none>(?:[两二三四五六俩]|\d|这些|哪)?\s*(?:个|款|种)?都(?:不|没)(?:要|是|想要|喜欢|选|用|对|合适|买|行|需要)|"
    r"不是这些|一个都不[要是]|没有我要的|以上都不是|哪个都不[要是])"
)
_ANY = (
    r"(?P<any>随便|随意|都行|都可以|都好|哪个都(?:行|可以|好)|[哪那]个?都一样|无所谓|任意|"
    r"你(?:看着|帮我)?(?:定|选|推荐|决定))"
)
_OTHER = r"(?P<other>(?:另外?|别|其[他它])(?:的|那|一|那一|外一)?的?(?:个|款|种|笔|单|件|套|订单)(?!月|人|问题))"
_QUALITIES = {
    "大": Quality.LARGE,
    "小": Quality.SMALL,
    "中": Quality.MIDDLE,
    "长": Quality.LONG,
    "短": Quality.SHORT,
    "便宜": Quality.CHEAP,
    "实惠": Quality.CHEAP,
    "划算": Quality.CHEAP,
    "低价": Quality.CHEAP,
    "贵": Quality.DEAR,
    "好": Quality.DEAR,
    "新": Quality.NEW,
    "旧": Quality.OLD,
    "早": Quality.OLD,
}
_BY = (
    r"(?P<quality>(?<![多这那么好很太更])(?:最|那个?|比较)?(?P<how>大|小|中|长|短|便宜|实惠|划算|低价|贵|新|旧|早)"
    r"(?:一?点|些)?(?:号|码)?的(?:那|这)?一?(?:个|款|种|笔|单|件|套)?|(?<![多这那么很太更])(?P<sized>大|小|中)(?:号|码|款)(?:的|那个|那款)?)"
)
_LETTER = r"(?P<letter>[A-Fa-f])(?:选项|款|项|方案|套餐)?"
_ALTERNATIVES = (_NONE, _ALL, _ANY, _NTH, _LAST, _FIRST, _BACK, _FRONT, _CENTRE, _BARE_SIDE, _OTHER, _BY)
_FIRSTS = (
    r"(?=[第倒最末头首开后下底右前上左中当正居两二三四五六俩这那它全所各都一随无你哪任另别其比大小长短便实划低贵新旧早\d"
    r"没不以])"
)
_CHOICE = re.compile(_FIRSTS + "(?:" + "|".join(_ALTERNATIVES) + ")")
_PLACE = re.compile(rf"{_LEAD}(?:(?P<number>\d{{1,2}}|[{HAN}]{{1,2}})(?:号|选项)?|{_LETTER}){_TAIL}")
_FILLER = re.compile(
    r"(?:好的?|嗯|那|就|我|想|要|选|拿|来|买|拍|换|改|给|是|用|看|说|指|吧|呢|啊|呀|哦|的|了|哈|嘛|行|可以|也|谢谢|亲|和|跟|与|还有|"
    r"[个款种号项条件笔单只套样色]|[,，.。:：!！~、 ])*+"
)
_MAY = re.compile(rf"[第最后头首前上下左右底末开中当正居都全随无另别其各你任没不大小长短便实划低贵新旧早\dA-Fa-f{HAN}]")
"""What every choice holds a character of."""
_SIGNS = str.maketrans({chr(0x2776 + n): str(n + 1) for n in range(10)})  # ❶ to ❿, which NFKC leaves alone


def read_choice(text: str, count: int, labels: Sequence[str] = ()) -> Choice | None:
    """What a plain text chooses among `count` options, which may have labels; None when it chooses none of them.

    A place beyond the options is no choice. A quality (大的, 便宜的) settles on the one label that holds its word.
    """
    written = unicodedata.normalize("NFKC", text.translate(_SIGNS)).strip()
    if count < 1 or not written:
        return None
    named = _by_label(written, labels[:count])
    if named is not None:
        return named
    return _read(written, count, tuple(labels[:count])) if _MAY.search(written) else None


def _by_label(text: str, labels: Sequence[str]) -> Choice | None:
    bare = text.rstrip("?？!！。.吧呢啊的了 ")
    same = [place for place, label in enumerate(labels) if bare and bare == label.rstrip("?？!！。. ")]
    return Choice(ChoiceKind.INDEX, (same[0],)) if same else None


@lru_cache(maxsize=_KEPT)
def _read(text: str, count: int, labels: tuple[str, ...]) -> Choice | None:
    place = _PLACE.fullmatch(text)
    if place:
        return _at(_number(place), count)
    found = list(_CHOICE.finditer(text))
    places = [at for each in found if (at := _place_of(each, count)) is not None]
    whole = bool(found) and _says_no_more(text, found)
    if places:
        inside = tuple(dict.fromkeys(at for at in places if 0 <= at < count))
        return Choice(ChoiceKind.INDEX, inside, whole=whole) if len(set(places)) == len(inside) else None
    return _in_words(found[0], count, labels, whole=whole) if found else None


def _at(place: int | None, count: int) -> Choice | None:
    return Choice(ChoiceKind.INDEX, (place,)) if place is not None and 0 <= place < count else None


def _number(found: re.Match[str]) -> int | None:
    if found["letter"]:
        return ord(found["letter"].upper()) - ord("A")
    return _place(found["number"])


def _place(said: str) -> int | None:
    value = read_number(said)
    return int(value) - 1 if value is not None and value == value.to_integral_value() else None


def _place_of(found: re.Match[str], count: int) -> int | None:
    """The place from 0, which may lie beyond the options; None where it is chosen otherwise."""
    if found["nth"]:
        return _place(found["nth"].removeprefix("第").strip())
    if found["first"] or found["front"] or (found["side"] or "x")[0] in "前上左":
        return 0
    if found["last"] or found["back"] or found["side"]:
        return count - 1
    if found["centre"] and count % 2:
        return count // 2
    return None


def _in_words(found: re.Match[str], count: int, labels: Sequence[str], *, whole: bool) -> Choice | None:
    if found["all"]:
        return Choice(ChoiceKind.ALL, tuple(range(count)), whole=whole) if _counts(found, count) else None
    for kind in (ChoiceKind.NONE, ChoiceKind.ANY, ChoiceKind.OTHER):
        if found[kind.value]:
            return Choice(kind, whole=whole)
    word = found["how"] or found["sized"]
    return _by_quality(word, labels, whole=whole) if word else None


def _counts(found: re.Match[str], count: int) -> bool:
    """两个都要 of three options is no choice of all."""
    said = re.match(r"[两二三四五六俩\d]", found["all"])
    return said is None or read_number(said[0]) == Decimal(count)


def _by_quality(word: str, labels: Sequence[str], *, whole: bool) -> Choice:
    first = [place for place, label in enumerate(labels) if label.startswith(word)]
    held = first or [place for place, label in enumerate(labels) if word in label]
    if len(held) == 1:
        return Choice(ChoiceKind.INDEX, (held[0],), whole=whole)
    return Choice(ChoiceKind.ATTRIBUTE, quality=_QUALITIES[word], whole=whole)


def _says_no_more(text: str, found: Sequence[re.Match[str]]) -> bool:
    rest = text
    for each in reversed(found):
        rest = rest[: each.start()] + rest[each.end() :]
    return _FILLER.fullmatch(rest) is not None
