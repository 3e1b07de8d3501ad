"""Whether goods are told of as the speaker's own: they came, were opened or used, were bought here; or as wanted."""

import re

_NUMBER = r"(?:不到|没几|没|才|差不多|快|有|半|小|大|好|[一两三四五六七八九十几\d]|个)+"
_SPAN = r"(?:天|周|个?月|次|回|夜|晚上?|上午|下午|星期|礼拜|包|片|瓶|盒|顿|口|会儿?|小时|分钟)"
_USES = "(?:用|穿|戴|吃|喝|洗|睡|坐|骑|养|泡|煮|放|充|点|写|泡过|试)"
_WHEN = "(?:昨[天晚]?|今[天早]?|前[天晚]|早上|上午|中午|下午|晚上|刚刚?|方才|才|已经|前[几两]天|上周|这两天|[号日])"
_CAME = re.compile(
    rf"{_WHEN}[^,，。\s]{{0,4}}(?:到的|到货的?|收的|收到|拿到|取到|取的|取回来?|签收|到了|送来|送到)"
    r"|(?:收到|拿到手?|到手|签收|到货)(?:(?:了|的|以后|之后|后)(?![^,，。]{0,3}(?:几|多久|可以|能))|就|一看|发现|那天|时|$)"
    r"|(?:^|[,，。\s])[^,，。\s]{0,6}(?<![没未能])到(?:家|货|手)?了(?=$|[,，。\s])"
)
_OPENED = re.compile(
    r"(?<![没未])(?:拆|打)开(?:了|来|看|才|一|就|有|那|这|后|以后|之后|就是|里面|[,，\s]|$)|(?:拆|开)了(?:箱|包|封|盒|快递|包裹|看|[一两几][包盒袋瓶箱罐])"
)
_USED = re.compile(
    rf"(?<![没未])(?:{_USES}了(?:它|大概|也)*{_NUMBER}{_SPAN}|(?:才|刚|就){_USES}(?:了|过)?{_NUMBER}{_SPAN})"
)
_BOUGHT = re.compile(
    r"(?:上次|上回|之前|前几天|前两天|昨天|前天|上周|上个?月|去年|今年|那天|前阵子|年初|双1[12]|双十[一二]|[在从]你们?[这那家店]?里?|你们?[家店]里?)"
    r"[^,，。吗]{0,5}(?:买|拍|订|下单)的"
    r"|我[^,，。吗不想要\s]{0,3}(?:买|拍|订)的(?!时候|话)"
    r"|(?:买|拍|订)了[^,，。吗]{1,8}[,，\s]*(?:只|就|才|少|缺|漏|但|可|怎么)"
)
_AWAITED = re.compile(
    r"[没未](?:有)?(?:收到|到货|拿到|签收|到(?![处过]))|还没到|(?:收|拿|领)到?了?[吗么没不]|到了?[吗么没]"
    r"|(?:什么时候|啥时候|多久|几[天号点]|哪天|能不能|能|会|可以)[^,，。\s]{0,6}(?:收到|拿到|到货|到)|显示[^,，。]{0,3}签收|到哪"
)
_PLANNED = re.compile(
    r"(?:等|到时候?|回头|过几天|明天)[^,，。]{0,8}(?:到|收到|拿到)(?:了|货)?|(?:收到|到货|到|拿到)了?货?(?:以后|之后|我|你)*(?:再|给[你您]|第一时间)|确认收货"
)
_SUPPOSED = re.compile(r"要是|如果|万一|假如|假设|的话|会不会")
_ELSEWHERE = re.compile(
    r"别人?家|别的(?:店|地方|平台|家|牌子)|其[他它](?:店|家|地方|牌子)|另一?家|人家店|超市买|商场|实体店|线下|京东|拼多多|抖音|闲鱼|网上[^,，。]{0,3}买|别处"
)
_BY_OTHERS = re.compile(
    r"(?<![给帮替送和跟])(?:朋友|同事|邻居|同学|亲戚|别人|人家|室友|闺蜜|有人|隔壁)[^,，。]{0,6}(?:买|拍|订|用|收|穿|戴|吃)"
)
_BUYS = re.compile(
    r"(?:再|还)(?:想|要|打算)?(?:买(?!回)|拍(?!照|图|给|个?视频|[一两几]?张)|下单|(?:来|拿|订|要|配|加)[一两三四五几\d点](?!回|次|天|会))"
    r"|(?:想|要|打算|准备|考虑)再?(?:买|入手|下单)"
    r"|(?:有没有|还有没有|还有)(?:别的|其[他它]|新款)|推荐|(?<![退补赔差])多少钱|怎么卖|什么价|有货吗|有现货"
)
_WANTS = re.compile(
    r"(?:^|[,，。\s])(?:那|就|我|还是)*(?:想?要(?!是|不|么|求)|来[一两个条]|给我|换个)|[换改]成|[行成好]不[?？]?$"
)
_BACK = re.compile(r"再也?不|不想|不会|不敢")


def tells_owned(text: str) -> bool:
    """Whether a text tells of goods that its writer has from here: 昨天到的, 刚打开那一盒, 用了两天就.

    Goods of another shop or another person, plans (到了我再拍照) and what is only supposed (要是收到坏了) are none.
    """
    told = any(each.search(text) for each in (_CAME, _OPENED, _USED, _BOUGHT))
    unless = (_AWAITED, _PLANNED, _SUPPOSED)
    return told and not tells_of_others(text) and not any(each.search(text) for each in unless)


def tells_of_others(text: str) -> bool:
    """Whether a text tells of goods that came from elsewhere or are another person's: 以前在别家买的, 朋友买的."""
    return _ELSEWHERE.search(text) is not None or _BY_OTHERS.search(text) is not None


def turns_to_buying(text: str) -> bool:
    """Whether who told of his own goods now wants to buy: 想再买两个, 有没有别的款."""
    return _BUYS.search(text) is not None and _BACK.search(text) is None


def wants_something(text: str) -> bool:
    """Whether a part of a text says what its writer wants: 要大一点的, 给我换一个."""
    return _WANTS.search(text) is not None
