"""Doubts and worries as questions: 那你保证不会裂 asks whether it will, and so do 裂不裂 and 有点怕裂."""

import re

_DOUBT = re.compile(
    r"^(?:那|那么|所以|亲)?(?:你们?|您|店家|老板)?(?:能不能|敢不敢|能|敢)?(?:保证|确定|肯定|确保|承诺)(?:它|这个?|东西)?(?:一定|绝对|真的)?"
    r"(?:(?P<not>不会|不)|(?P<will>会|能|可以))(?P<what>[^,，。?？!！]{1,12}?)(?:的|了)?(?:吗|吧|么|嘛|对吧|是吧)?[?？!！。]*$"
)


_ASKING = re.compile(
    r"[?？吗]|怎[么样]|咋|什么|啥|多少|多[久大长高厚重]|哪[个里家种款些儿]|如何|为何|为啥|的还是(?=[^,，。\s要得不没有算])|"
    r"几[个天号点时]|谁|(?:能|会|够|可以)[^的,，。!！]{1,6}吧[?？。]*$"
)
_TOLD = re.compile(r"(?:(?<=[^吗么呢？?]{4})[啊呀呢了吧嘛哦哈]|担心|不放心|犹豫|纠结|的话)[。.!！~,， ]*$")
_WHETHER = re.compile(r"(?P<verb>(?![不没])[\u4e00-\u9fff])[不没](?P=verb)")


_WORRY = re.compile(
    r"(?:^|[,，。!！.\s])(?P<goods>[^,，。.!！\s怕担]{0,10}?)(?:(?<!不)[我们还是有点些就真很挺也比较特最只总老一直的，]*)"
    r"(?<!不)(?<!别)(?:怕|担心|害怕|生怕|不放心)(?:的?就?是|它|这个|那个|这东西|东西|会不会|会)*"
    r"(?P<what>(?!不)[^,，。.?？!！\s]{1,10}?)(?:的|了|啊|呀|哦|呢)*(?:[,，。!！.\s]|$)"
)
_OF_PERSONS = re.compile(
    r"[冷热辣苦疼痛酸胖黑吵光贵]|麻烦|丢人|老[婆公]|孩子|家[里人]|上当|被骗|受骗|没货|买[不错]|来不及|赶不上"
)
_HARMS = re.compile(r"摔|水|晒|压|磕|碰|潮|火|高温|太阳|油|酸碱|酒精|热水|进水")


def restate_worry(text: str) -> str | None:
    """The question behind a worry about goods (茶盘会裂吗 of 茶盘有点怕裂); None where nothing of goods is feared."""
    found = _WORRY.search(text)
    if found is None or _OF_PERSONS.match(found["what"]):
        return None
    asked = "怕" if _HARMS.fullmatch(found["what"]) else "会"
    return f"{found['goods']}{asked}{found['what']}吗"


_REMEDY = re.compile(
    r"(?:怎么办|咋办|咋整|怎么弄|怎么搞|怎么处理|如何处理|怎么解决|谁管|找谁|谁负责|管不管|管吗|管修吗)[啊呀呢吧的]*[?？!！。~\s]*$"
)


def asks_remedy(text: str) -> bool:
    """Whether a text asks what is done about what it tells: 涂层掉了怎么办."""
    return _REMEDY.search(text) is not None


_YES_OR_NO = re.compile(r"^[^了]{2,14}(?:不会?|吗|么|嘛)[啊呀呢]*[?？~\s]*$")


def asks_yes_or_no(text: str) -> bool:
    """Whether a text begins with the short question if something is so, and tells nothing that happened: 漏水不."""
    return _YES_OR_NO.match(re.split(r"[,，\s]", text.strip(), maxsplit=1)[0]) is not None


def asks_whether(text: str) -> bool:
    """Whether a verb or an adjective is asked both ways: 防不防水, 厚不厚."""
    return _WHETHER.search(text) is not None


def restate_doubt(text: str) -> str | None:
    """The plain question behind a doubt (会裂吗 of 你保证不会裂); None where the text doubts nothing."""
    found = _DOUBT.match(text)
    if found is None:
        return None
    return f"{found['will'] or '会'}{found['what']}吗"


def holds_question(text: str) -> bool:
    """Whether a text holds a word or a mark that asks: 没电了咋办."""
    return _ASKING.search(text) is not None or asks_whether(text)


_NO_HARM = (
    r"没(?:有|什么|啥|多大|太大)*(?:事|问题|关系|影响|大碍|毛病)|不要紧|不碍事|无所谓|不影响[^,，。]{0,4}|不打紧|不妨碍"
)
_HOPES = re.compile(
    rf"(?:(?:{_NO_HARM})(?:的|了)?(?:吧|么|吗)"
    r"|[^,，。\s也都还][^,，。\s也都还那就好样]\s*(?:可以|能行|行|成|合适|够用?|ok)(?:的|了)?吧"
    r"|(?<![可只就才])(?:不?能|不?会|可以)(?![这那]样)[^,，。\s的]{1,9}的?吧|(?<=[\u4e00-\u9fff])得[\u4e00-\u9fff]{1,2}吧)[\s啊呀?？~。!！]*(?=$|[,，。])"
)
_SUPPOSES = re.compile(r"可能|大概|估计|也许|恐怕|说不定")


def hopes_for_yes(text: str) -> bool:
    """Whether it is asked if something does no harm or may be done: 尿床没事吧, 直接放地上可以吧.

    A mere consent (那可以吧) and what is only supposed (可能会晚点到吧) ask nothing.
    """
    return _HOPES.search(text) is not None and _SUPPOSES.search(text) is None


def hopes_for_use(text: str) -> bool:
    """Whether that is hoped of something yet to be done: 直接倒开水没事吧, and not 裂了没事吧."""
    return hopes_for_yes(text) and "了" not in text


_STORY = re.compile(r"^(?=.{7})(?=.*(?:[我你他她它].*|已经|还[在是没]|倒是|又|[^吗么]了))")
_WISH = re.compile(r"[请帮想要给寄换退改催查送发]|麻烦|可以|能不|来[一两二三四五几\d]")


def tells_story(text: str) -> bool:
    """Whether a text of some length tells how things are, and neither asks nor wants anything: 箱子倒是还在没丢."""
    return _STORY.search(text) is not None and _WISH.search(text) is None and not holds_question(text)


_STATES = re.compile(r"^(?=.{4,})(?=.*[会要不没有在是都很太挺老只才穿戴吃喝睡住坐放装养过])")


def states_something(text: str) -> bool:
    """Whether a text says how something is, and neither asks nor wants anything: 半夜会踢; 尺寸表 is no such word."""
    return _STATES.search(text) is not None and _WISH.search(text) is None and not holds_question(text)


def sounds_told(text: str) -> bool:
    """Whether a text ends as what is told does, or is worried: 郑州离我这不远啊, 有点担心."""
    return _TOLD.search(text) is not None
