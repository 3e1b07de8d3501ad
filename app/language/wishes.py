"""Reads what a buyer who has not chosen yet wants: a budget, somebody to give it to, goods to compare, packs."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.language.numbers import NUMBER, read_range
from app.language.units import MeasureKind

_TO = r"(?:-|~|到|至)"
_YUAN = r"\s*(?:元|块钱?|¥|rmb)?"
_BOUND = r"左右|上下|以内|以下|之内|内的|档的?|价位|出头|的预算|的(?=有(?:什么|啥|哪些|没有))"


def _sum_pattern(name: str) -> str:
    """A sum or a span of sums, under two names."""
    return rf"(?P<{name}_low>{NUMBER}){_YUAN}(?:\s*{_TO}\s*(?P<{name}_high>{NUMBER}){_YUAN})?"


_BUDGET = re.compile(
    r"(?:预算|价位|价格|价钱|心理价|控制|花)\s*(?:大概|大约|差不多|是|在|就|最多|不超过)*[:： ]*"
    rf"{_sum_pattern('named')}(?P<around>左右|上下|以内|以下|内|之内)?"
)
_LIMIT = re.compile(
    rf"(?P<most>不超过|不要超过|别超过|最多|低于|不到)\s*{_sum_pattern('most')}|{_sum_pattern('near')}(?P<bound>{_BOUND})"
)
_CONSUMES = re.compile(r"(?:费|耗|用|花)(?:不费|得?了?)?(?:多少|几|多)?(?:度)?(?:电|水|油|燃料|气)")
_GIVES = re.compile(r"(?:想|准备|打算|要)[^,，。]{0,8}送[^,，。]{0,8}(?:礼物|礼品|东西|点什么|点啥)")
_BUYS = re.compile(r"(?:买|送|挑|选)(?!的|了|过|家|货)|(?:想|准备|打算)送")
"""What is said of whom goods are for by who has yet to buy them: 给我妈买件冬天的, not 给我妈买的."""
_PURSE_ONLY = re.compile(
    rf"(?:预算|大概|大约|差不多|就|在|是|有|吧|的|也就|不超过|最多)*\s*{_sum_pattern('purse')}(?:{_BOUND}|内|吧|的|的样子|就行|这样)*"
)
_AROUND = frozenset({"左右", "上下", "出头", "档", "档的", "价位", "的预算", "的", ""})
_SPREAD = Decimal("0.2")
_GIVEN = re.compile(
    r"(?:送|给)(?:我|个|一个|给)*(?P<who>老?妈妈?|母亲|爸妈|老?爸爸?|父亲|父母|长辈|老人|爷爷|奶奶|外公|外婆|岳父|岳母|公公|婆婆|"
    r"婆婆|老师|领导|老板|上司|同事|客户|朋友|闺蜜|兄弟|室友|同学|女朋友|女友|对象|男朋友|男友|老公|老婆|媳妇|爱人|小孩|孩子|宝宝|儿子|"
    r"女儿|侄子|外甥|姐姐?|妹妹?|哥哥?|弟弟?|姑姑|阿姨|叔叔|舅舅|嫂子|亲戚|人)(?!家|民|员|气)"
)
_GIFT = re.compile(r"礼物|送礼|生日礼|伴手礼|随礼|回礼|当礼|做礼|过节送|乔迁|送人")
_ADVICE = re.compile(
    r"推荐|介绍(?:一下|几款|个|一款)|买(?:哪|什么|啥)(?:个|款|种|一款)?(?:好|合适)|(?:哪|什么|啥)(?:个|款|种|一款)?(?:适合|比较适合|合适)|选(?:哪|什么|啥)|"
    r"有(?:什么|啥|哪些|没有)[^,，。?？]{0,10}(?:好用|合适|适合|推荐|好看|好穿|好吃|耐用|划算)|(?:买|送|挑|选)(?:点|些)?(?:什么|啥)|"
    rf"(?:{NUMBER})\s*(?:元|块钱?)?的?(?:有(?:什么|啥|哪些|没有))(?!优惠|活动|区别|不同)|"
    r"(?:用|买|选|穿)(?:什么|啥|哪种|哪款)[^,，。?？]{0,6}(?:好|合适)(?!办|处)|"
    r"帮(?:我|忙)?(?:挑|选|看看)"
)
_BONUS = re.compile(
    rf"(?:买|拍|购|有没有|有|还|都|另外)[^,，。?？送]{{0,8}}送(?:点|些|个)?(?:什么|啥|东西|赠品|小?礼[物品]?)(?!给)(?:吗|么|不|没有?|呢|啊|呀|的|[?？])*$|(?:满|买够|买满|凑够)\s*(?:多少|几|{NUMBER})\s*(?:元|块钱?|件)?[^,，。?？]{{0,3}}?(?:送|赠|减|免|打)(?:点|些|个)?(?:什么|啥|哪些|多少)?"
)
_WRAPPED = re.compile(r"礼盒|礼品|手提袋|送礼|送人|贺卡|礼袋|包装精美")
_WANTS = re.compile(
    r"(?:我|也|就|正)?(?:想|打算|准备|要|考虑)(?:要|给[^,，。]{0,6})?(?:买|入手|看看?|找|挑|选|添置?|换|了解)(?:一?下)?(?:一?[个款套件条双只把张支些点]|几[个款件])?"
)
_NEEDED = re.compile(
    r"(?:要|得|等着|急着|想)(?:穿|用|戴|送|结婚|过|办|带|出门|到|收到|拿到)|之?前(?:要|得|能)?(?:到|收到|拿到|用上)"
)
_PAID = re.compile(r"拍|下单|付|买")
_PACKS = re.compile(r"(?:几|多少)(?:盒|包|套|袋|箱|提|组|份|打|条|板|瓶|罐)(?!钱|装)")
_PACK = re.compile(
    rf"(?P<size>{NUMBER})\s*(?:片|只|个|支|枚|条|双|张|包|袋|粒|颗|块|卷|抽|件|瓶|罐|份)\s*(?:装|入|/|一?盒|一?包)?"
)
_CHEAP = re.compile(r"最(?:便宜|实惠|划算)的?(?:是|有|款|哪|呢|多少)|(?:便宜|实惠)(?:一?点|些)的(?:有|款|吗|呢)")
_MATCH = re.compile(
    r"(?:搭配?|配)(?:什么|啥|哪些|哪个|哪款)|(?:还|另外|一起|顺便)(?:要|需要|得|可以|该|用)?(?:再)?(?:买|配|带)(?:点|些)?(?:什么|啥|哪些)|"
    r"有(?:什么|啥|没有)(?:可以|能)?(?:搭配|配套|一起买|配着用)|(?:怎么|咋|如何)搭配?(?:好|$|[呢?？])|需要(?:另外)?(?:配|买)(?:什么|别的)"
)
_EXCLUDED = re.compile(
    r"(?:不要|不想要|不喜欢|不考虑|除了|别(?:给我)?推荐)(?!太|超|这|那|别|我|发|退|换|了|再|转)(?P<what>[\u4e00-\u9fff]{1,5}?)"
    r"(?:的|类)?(?:以外|之外|外)?(?=[,，。.!！?？\s]|$|还|都|有)"
)
_LACKING = re.compile(
    r"(?:有没有|有(?!没有)|要|想要|想买|来)(?:点|些|什么|啥|款|个|一款)?(?:不含|不带|不加|不放|无|没有?|不)(?P<what>(?!用|要|到|同|一样)[\u4e00-\u9fff]{1,3}?)的"
)
_NTH_OFFER = re.compile(r"第[二三2-9]\s*[个件份盒包双][^,，?？]{0,3}(?:半价|折|免费|免单|减|0元|零元|一元|优惠)")
_KIND = re.compile(
    r"(?:什么|啥|哪种|哪款|哪些|(?:一|[两几])?[个款条件双盏把只张台支套])(?P<kind>[\u4e00-\u9fff]{1,6}?)"
    r"(?:比较)?(?:好|合适|推荐|适合|呢|$|[,，。?？])"
)
_COMPARES = re.compile(
    r"(?:哪|那)(?:一)?(?:个|款|种|件|条|双)(?:[更比较]{0,2})(?:好|合适|划算|实用|结实|耐|值|厚|薄|保暖|暖和?|热|凉|透气|软|显瘦|轻|重|大|小|快|静音|省电|好吃|新鲜|甜|辣)|"
    r"(?:差|不同|不一样|区别|好)在哪|差些?(?:什么|啥)|有(?:什么|啥|多大)?(?:区别|差别|不同|不一样)|区别(?:是|在|大)|(?:怎么|如何)选|选(?:哪|那)|对比|比较一下|"
    r"比[^,，。?？]{1,12}(?:划算|便宜|贵|值|结实|厚|薄|保暖|大|小|重|轻|好用)(?:吗|么|不|点|些|多少)"
)
_SIDES = re.compile(r"和|跟|与|同|还是|或者|或|vs|pk|、|比(?!较)")
_CLAUSES = re.compile(r"[,，;；。/]")
_COMPARED = re.compile(
    r"[,，]?(?:哪(?:一)?(?:个|款|种|件|条|双)|那(?:个|款|种)(?=好|更|比较|合适|划算|实用|结实|耐|适合|贵|便宜))"
    r"|(?:差|好|不同|不一样|区别)在哪|差些?(?:什么|啥)|有(?:什么|啥|多大)?(?:区别|差别|不同|不一样)|怎么选|如何选|更|区别|对比|比较"
)
_ASKS_UNIT = re.compile(
    r"(?:多少|几|多大)(?:的)?(?P<unit>瓦|w|kw|千瓦|伏|v|安|毫安|ma|mah|升|l|毫升|ml|克|g|公斤|斤|千克|kg|厘米|公分|cm|毫米|mm|米|寸|英寸|"
    r"尺|码|度|分贝|小时|分钟|转|档|层|目|支|平|平方|万|像素|赫兹|hz|gb|g内存|英尺|卡|千卡|大卡|页|孔)(?!钱|能|发|到|送|后|内|之)"
)


class Audience(StrEnum):
    """Whom goods are made for, or are bought for."""

    WOMEN = "women"
    MEN = "men"
    CHILDREN = "children"


_AUDIENCES = {
    Audience.WOMEN: re.compile(
        r"女士|女款|女装|女式|女生|女鞋|妈|母亲|奶奶|外婆|岳母|婆婆|闺蜜|女朋友|女友|老婆|媳妇|女孩子?"
    ),
    Audience.MEN: re.compile(
        r"男士|男款|男装|男式|男生|男鞋|爸(?!妈)|父亲|爷爷|外公|岳父|公公|男朋友|男友|老公|男孩子?|兄弟"
    ),
    Audience.CHILDREN: re.compile(r"儿童|童装|童裤|童鞋|宝宝|婴儿|小孩|孩子|小朋友|儿子|女儿|侄子|外甥"),
}


def read_audience(text: str) -> frozenset[Audience]:
    """Whom the words speak of; empty where of nobody in particular."""
    found = frozenset(each for each, words in _AUDIENCES.items() if words.search(text))
    return frozenset({Audience.CHILDREN}) if Audience.CHILDREN in found else found


@dataclass(frozen=True, slots=True)
class Budget:
    """What a buyer means to spend, 元; `low` is 0 where only a limit is named."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for, as far as a message says it.

    Attributes:
        budget: what it may cost.
        recipient: whom it is for, in the buyer's word; "" where nobody is named.
        is_gift: whether it is to be given to somebody.
        asks_advice: whether we are asked to choose or to recommend.
        wants: whether the buyer says he wants to buy or to see something.
        compares: whether goods are to be compared.
        is_cheap: whether the cheapest are asked for.
        asks_match: whether it is asked what goes with the goods.
        excluded: words for what is not wanted: 陶 of 不要陶的.
        lacking: what the goods must be written to be without: 糖 of 有没有不含糖的.
    """

    budget: Budget | None = None
    recipient: str = ""
    is_gift: bool = False
    asks_advice: bool = False
    wants: bool = False
    compares: bool = False
    is_cheap: bool = False
    asks_match: bool = False
    excluded: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def seeks_advice(self) -> bool:
        """Whether goods are to be proposed: asked for in so many words, or told a purse or a person to buy for."""
        told = self.budget is not None and (self.wants or self.is_gift)
        return self.asks_advice or self.is_cheap or bool(self.lacking) or told or (self.wants and self.is_gift)


def read_wish(text: str) -> Wish:
    """What a plain text says of what is looked for; every part may be missing.

    满299送什么 is a promotion's rule: nobody is given anything, and no purse is named.
    """
    text = _BONUS.sub(" ", text)
    given = _GIVEN.search(text)
    return Wish(
        budget=find_budget(text),
        recipient=given["who"] if given else "",
        is_gift=given is not None or _GIFT.search(text) is not None,
        asks_advice=_ADVICE.search(text) is not None,
        wants=_says_wish(text) or (given is not None and _BUYS.search(text) is not None),
        compares=_COMPARES.search(text) is not None,
        is_cheap=_CHEAP.search(text) is not None,
        asks_match=_MATCH.search(text) is not None,
        lacking=tuple(dict.fromkeys(found["what"] for found in _LACKING.finditer(text))),
        excluded=tuple(dict.fromkeys(found["what"] for found in _EXCLUDED.finditer(text))),
    )


def _says_wish(text: str) -> bool:
    return _WANTS.search(text) is not None or _GIVES.search(text) is not None


def names_purse_for(text: str, before: str) -> bool:
    """Whether a text names a purse and nothing else, for what the message before looked for: 500左右."""
    only = _PURSE_ONLY.fullmatch(text.strip(" 。.!！")) is not None
    wish = read_wish(before)
    return only and (wish.is_gift or wish.wants or wish.asks_advice) and find_budget(text) is not None


_BESIDE = re.compile("(?:跟|和|比|同|与)[^,，。?？!！]{0,8}$")
"""Before a sum: what other goods cost, 跟别家二三十的有什么不一样."""


def find_budget(text: str) -> Budget | None:
    """预算两三百, 三百左右, 不超过150, 200-300的: what may be spent; None where no purse is named."""
    named = _BUDGET.search(text)
    if named:
        return _make_budget(named["named_low"], named["named_high"], around=(named["around"] or "") in _AROUND)
    limit = _LIMIT.search(text)
    if limit is None or _BESIDE.search(text[: limit.start()]):
        return None
    if limit["most"]:
        return _make_budget(limit["most_low"], limit["most_high"], around=False)
    return _make_budget(limit["near_low"], limit["near_high"], around=limit["bound"] in _AROUND)


def _make_budget(low: str, high: str | None, *, around: bool) -> Budget | None:
    first, last = read_range(low), read_range(high) if high else None
    if first is None or (high and last is None):
        return None
    least, most = first.low, (last or first).high
    if least != most:
        return Budget(min(least, most), max(least, most))
    return Budget(most * (1 - _SPREAD), most * (1 + _SPREAD)) if around else Budget(Decimal(0), most)


def says_without(written: str, word: str) -> bool:
    """Whether words of goods say that they are without something: 不含酒精和香精, 无糖无奶, 五香不辣."""
    return re.search(rf"(?:不含|不加|不带|不放|无|没有|零|不){re.escape(word)}", written) is not None


_BONUS_ALONE = re.compile(
    r"^(?:亲|那么?|还|会|有|都|一般|是不是|能不能|可以|能|买了|下单|,|，|\s)*(?:送|赠)(?:点|些|个)?(?:什么|啥|东西|礼物|小礼物|小样|赠品)"
    r"(?:东西|礼物|小样|赠品)?(?:的|不|没|吗|么|嘛|呢|呀|啊|[?？!！。~\s])*$|^(?:那|还|,|，|\s)*有(?:没有|什么|啥)?(?:送的|赠品)(?:东西)?(?:不|没|吗|么|呢|[?？\s])*$"
)


def asks_bonus(text: str) -> bool:
    """Whether it is asked what comes as a present with an order, and nobody is given anything: 送点啥不."""
    return _BONUS_ALONE.match(text) is not None


_OTHER_SHOPS = re.compile(
    r"(?:跟|和|与|同|比|对比)(?:你们?的?)?[^,，。?？]{0,3}?(?:拼多多|淘宝|天猫|京东|抖音|快手|闲鱼|小红书|1688|别家|别人家|其[他它]家|其[他它]店|超市|"
    r"实体店|商场|地摊|(?:外面|网上)(?:卖的|买的|的比)|[一二两三四五六七八九\d]+块?钱的|几十块?的|几块钱?的)"
)


def names_other_shops(text: str) -> bool:
    """Whether goods are held against those of other shops: 跟拼多多的有什么不一样."""
    return _OTHER_SHOPS.search(text) is not None


def names_offer(text: str) -> bool:
    """Whether a piece is named by its place for what it costs: 第二件半价."""
    return _NTH_OFFER.search(text) is not None


def speaks_of_gift(text: str) -> bool:
    """Whether words of goods tell that they make a present: 硬质礼盒带手提袋."""
    return _WRAPPED.search(text) is not None


def asked_kind(text: str) -> str | None:
    """The kind of goods that is asked for by its bare name: 灯 in 用什么灯好."""
    found = _KIND.search(text)
    return found["kind"] if found else None


def split_compared(text: str) -> tuple[str, ...]:
    """The sides of a comparison, without the question: 黑胡桃的和竹的哪个好 is 黑胡桃的, 竹的."""
    asked = _COMPARED.search(text)
    sides = text[: asked.start()] if asked and asked.start() else text
    return tuple(part for part in map(str.strip, _SIDES.split(sides)) if part)


def split_clauses(value: str) -> tuple[str, ...]:
    """The clauses of a listed value: 小号30cm，大号50cm；实木 are three."""
    return tuple(part for part in map(str.strip, _CLAUSES.split(value)) if part)


def asks_consumption(text: str) -> bool:
    """Whether it is asked what is used up in a time: 一小时费多少电."""
    return _CONSUMES.search(text) is not None


def asks_packs(text: str) -> bool:
    """Whether the number of packs is asked for: 几盒, 要多少包."""
    return _PACKS.search(text) is not None


def read_pack_size(words: str) -> int | None:
    """How many pieces a pack of this name holds: 六片装, 10包/箱; None where it tells no number above one."""
    found = _PACK.search(words)
    size = read_range(found["size"]) if found else None
    return int(size.high) if size and size.high > 1 and size.high == size.high.to_integral_value() else None


def asked_unit(text: str) -> str | None:
    """The unit that a measure is asked in (多少瓦, 几升): money and pieces are none."""
    found = _ASKS_UNIT.search(text.lower())
    return found["unit"] if found else None


_ASKED_KINDS = {
    MeasureKind.TIME: re.compile(r"多久|多长时间|几天|多少天|几个?(?:小时|钟头|月|星期|礼拜)|多少个?(?:小时|月)"),
    MeasureKind.VOLUME: re.compile(r"多少(?:毫升|水|汤)|装多少|几升"),
    MeasureKind.WEIGHT: re.compile(r"多[重沉]|几斤|多少斤|几公斤|多少克|[重沉]不[重沉]"),
    MeasureKind.LENGTH: re.compile(r"多[长宽高厚深]|几米|几厘米|长不长|宽不宽|高不高|厚不厚|深不深"),
    MeasureKind.COUNT: re.compile(r"(?:几|多少)[个只条根支片包袋盒粒颗枚]"),
}


def asked_measure(text: str) -> MeasureKind | None:
    """The kind of measure that is asked for: a time of 多久, a volume of 多少水."""
    return next((kind for kind, words in _ASKED_KINDS.items() if words.search(text)), None)


def names_need(text: str) -> bool:
    """Whether a time is named by which goods are wanted (下周六要穿), and none at which they are paid."""
    return _NEEDED.search(text) is not None and _PAID.search(text) is None
