"""Reads messages that say half a question and leave the rest to the one before: 竹的呢, 那西藏呢, 打错了，是中号."""

import re
from dataclasses import dataclass
from enum import StrEnum

_MARKS = r"[\s,.;!?~，。！？、]"
_LEAD = rf"(?:亲|那么?|然后|哦+|嗯+|额|好的?|这样啊|要是|如果|假如|换成|改成|换|问下|再问下|{_MARKS})*+"
_OBJECT = r"(?P<object>[^\s,.;!?~，。！？]{1,16}?)"
_SAME = re.compile(rf"^{_LEAD}{_OBJECT}(?:呢|怎么样|咋样|怎样|如何)(?:啊|呀)?{_MARKS}*$")
_SLIP = (
    r"(?:打|说|写|发|看|记|搞|弄|选)错(?:字|人)?了?(?:不好意思)?|错了|不对|哦不|啊不|口误|手误|"
    r"不是[这那][个款件]|不是的?"
)
_MEANT = r"(?:我(?:说|问|要|指|想要)的(?:是)?|应该是|我是说|我的意思是|要的是|问的是|是说|是问|是|要|换成|改成)"
_REPLACES = re.compile(
    rf"^{_LEAD}(?:(?:{_SLIP}){_MARKS}*(?:{_MEANT})|我(?:说|问|指)的是|不是(?P<not>[^\s,，是]{{1,10}}){_MARKS}*(?:{_MEANT}))"
    rf"{_OBJECT}(?:吧|呀|啊|哈|哦|的)?{_MARKS}*$"
)
_ADDS = re.compile(
    rf"^{_LEAD}(?:还有|再加|再来|再要|再拿|加上|另外加?|加(?=[一两二三俩\d个条件双套])|以及|和|跟){_OBJECT}(?:一起|也要|也算上|的话)?(?:呢|吧)?{_MARKS}*$"
)
_POINTING = re.compile(
    r"(?:它|他|她|这个|那个|这款|那款|这件|那件|这一?单|那一?单|我的|我那[个单件]|我这[个单件])(?:的)?"
)
_TWO = re.compile(
    r"(?:(?:那|这|刚才那?|上面|前面|刚说的|说的)(?:两|俩|2|二)(?:个|款|种|件|样|把|条|双|只)?(?:东西|宝贝|商品)?|[这那它]俩|它们)"
    r"(?!订单|单|快递|包裹|人|月|天|年|周|字|号|点|地址|颜色|尺码|色|码)"
)
_TWO_TOGETHER = re.compile(
    r"(?:^|(?<=[,，\s]))两(?:个|款|种|件|样)(?:东西|商品)?(?=一起|一块|都|总共|一共|合计|加起来|合起来|全要|全拿)"
)
_FORMER = re.compile(
    r"(?:前面|之前|上一|先前|前一|(?:最|刚|一)?开始|最早|最先)(?:我?(?:说|看|问|发|提)(?:过|到)?的?)?(?:[那这]|的)?一?[个款种件条把双样](?!订单|单|月|星期|客服|人)"
)
_JOINING = re.compile(
    rf"^(?:亲|那|然后|对了|{_MARKS})*(?:和|跟|与|加上|再加上?|加(?=[一两二三俩\d个条件双套])|还要|还想要|再来|再拿|再要|另外要|另加|连同)(?=[^{_MARKS[1:-1]}]{{2}})"
)
_SUM_ALONG = re.compile(
    r"(?:一起|一块|一道)(?:买|拍|要|下单|带走)?(?:的话)?(?:是|要|得)?(?:多少|几块|什么价|啥价|怎么算)"
)
_SUM = re.compile(
    rf"^(?:亲|那么?|所以|最后|这样|{_MARKS})*(?:我)?(?:总共|一共|合计|总计|加起来|加一起|合起来|拢共|全部(?:加起来)?|都要的话|最后|到底)(?:下来)?(?:是|要|得|付)?(?:付)?(?:多少|几)[钱块]?(?:呢|啊|呀|了)?{_MARKS}*$"
)
_DESCRIBED = re.compile(
    rf"(?:^|(?<={_MARKS})|(?<=[那这]))(?P<words>(?![一二两三四五六七八九十几多哪每俩])[^\s,.;!?~，。！？、的那这个款是]{{1,6}})(?:的[那这]?|[那这])一?[个款种件条把只](?![月人星问子])"
)
_POINTED_OUT = re.compile(
    rf"那一?[个款种](?P<words>[^\s,.;!?~，。！？、的那这个款是]{{1,6}})的(?=比|和|跟|与|呢|怎|多少|有|能|会|好|$|{_MARKS})"
)
"""那个黑胡桃的: pointed out before it is described."""
_CONDITION = re.compile(
    rf"(?:那|亲|如果|要是|假如|{_MARKS})*(?:不(?!是|会|能|对|好|行)|不用|没有?)[^吗么?呢\s,，]{{1,5}}(?:的话)?"
)
_PREAMBLE = re.compile(
    r"^.{2,30}?[,，.。\s]+我?(?:就是|只是|主要是?|就)(?:想|要)问(?:一下|下|的是)?(?P<rest>[^,，]{3,})$"
)
_FILLER = re.compile(r"(?:那|这|的|个|款|种|件|号|色|要|是|就|一|到|去|寄|发|送|在|用|拿|拍|买|我|想)+")
_DENIED = re.compile(
    r"^(?:我|这|那|又|也|并|可|亲)*(?:不是(?!吧)|不关|(?:别|先别|先不用|不用|不要|不需要)(?!发(?!票)|寄|送货|送了|派送))"
    r"[^吗么?]{2,}$"
)
"""不要发了 sets no matter aside: the parcel is to stay."""
_ASKING_LEAD = re.compile(
    r"^(?:我?(?:就是|只是|是|就)?(?:想|要)?(?:问的是|问的?|是问|问下|问一下|知道)|你(?:先|就)?(?:告诉我|说)(?:一下|下)?)"
)
_PICTURE_LINE = re.compile(r"\s*[\[【](?:图片|照片|相片|截图|图片消息|image|photo|picture)[\]】]\s*", re.IGNORECASE)
_PLATFORM_LINE = re.compile(r"\s*[\[【〔][^\[\]【】〔〕]{2,60}[\]】〕]\s*")


class FragmentKind(StrEnum):
    """What the named object does to the question under discussion."""

    ASKS_SAME = "asks_same"  # 竹的呢: the same question of another object
    REPLACES = "replaces"  # 打错了，是中号: the object before was a mistake
    ADDS = "adds"  # 还有杯垫: both


@dataclass(frozen=True, slots=True)
class Fragment:
    """The object of half a question; `start` and `end` are its offsets in the message."""

    kind: FragmentKind
    text: str
    start: int
    end: int


def read_fragment(text: str) -> Fragment | None:
    """The fragment that a normalised message is; None when it is a sentence of its own."""
    for kind, pattern in (
        (FragmentKind.REPLACES, _REPLACES),
        (FragmentKind.ADDS, _ADDS),
        (FragmentKind.ASKS_SAME, _SAME),
    ):
        found = pattern.match(text)
        if found:
            return Fragment(kind, found["object"], found.start("object"), found.end("object"))
    return None


def find_described(text: str) -> Fragment | None:
    """Goods described and pointed at in a sentence: 竹的那个 of 竹的那个多少钱."""
    found = _DESCRIBED.search(text) or _POINTED_OUT.search(text)
    return Fragment(FragmentKind.ASKS_SAME, found["words"], *found.span()) if found else None


def find_two(text: str) -> tuple[int, int] | None:
    """Where a text points at two things together: 那两个, 它俩, the 两样 of 两样一起多少钱."""
    found = _TWO.search(text) or _TWO_TOGETHER.search(text)
    return found.span() if found else None


def find_former(text: str) -> tuple[int, int] | None:
    """Where a text points back behind what is spoken of: 前面那款, 之前那个."""
    found = _FORMER.search(text)
    return found.span() if found else None


def strip_joining(text: str) -> str | None:
    """What a text wants beside what is spoken of: 牛仔裤一起买 of 和牛仔裤一起买; None where it does not begin so."""
    found = _JOINING.match(text)
    return text[found.end() :] if found else None


def asks_sum_along(text: str) -> bool:
    """Whether it is asked what goods come to together with what is spoken of: 充电头一起买多少."""
    return _SUM_ALONG.search(text) is not None


def is_bare_sum(text: str) -> bool:
    """Whether a text asks what all comes to and names nothing: 一共多少钱."""
    return _SUM.match(text) is not None


def strip_preamble(text: str) -> str | None:
    """The question that a message says it is about: B of A，就是想问B; None where it says no such thing."""
    found = _PREAMBLE.match(text)
    return found["rest"].strip() if found else None


def is_condition(text: str) -> bool:
    """Whether a part of a message only says on what terms the rest is asked: 不领券 of 不领券多少钱."""
    return _CONDITION.fullmatch(text) is not None


def is_pointing(words: str) -> bool:
    """Whether the words but point at what is spoken of: 它, 那款, 我的."""
    return _POINTING.fullmatch(words) is not None


def strip_filler(words: str) -> str:
    """The words without particles and measure words that describe nothing: 竹的那个 is 竹."""
    return _FILLER.sub("", words)


def is_filler(words: str) -> bool:
    """Whether words between two names only join them: the 的 of 白色的M."""
    return not words.strip("的色码号款 ")


def denies_matter(clause: str) -> bool:
    """Whether a clause sets a matter aside (不是质量问题, 先别转人工); 没收到 tells what did not happen."""
    return _DENIED.match(clause) is not None


def strip_asking_lead(text: str) -> str:
    """The question without its announcement: 问的是尺寸 asks 尺寸."""
    return _ASKING_LEAD.sub("", text, count=1).lstrip(",， ") or text


def is_platform_line(typed: str) -> bool:
    """Whether the message as typed is one line in brackets, as platforms write in a buyer's name."""
    return _PLATFORM_LINE.fullmatch(typed) is not None


def is_picture_line(typed: str) -> bool:
    """Whether the message as typed stands for a picture that the platform does not pass on: [图片]."""
    return _PICTURE_LINE.fullmatch(typed) is not None
