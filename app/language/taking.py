"""Reads what a buyer does with goods in a clause: takes them, has them beside others, leaves them out again."""

import re
from enum import StrEnum

from app.language.together import adds_one, is_added

_PIECE = "个件条双套顶盒包只瓶片把支块张本袋罐份款样提箱斤"
_CLAUSES = re.compile(r"[^\s,，.。;；!！?？~、]+(?:(?<=\d)\.\d+[^\s,，.。;；!！?？~、]*)?")
_JOINS = re.compile(r"和|跟|与|以及|还有|外加|另外|加上?|再|带上?|配上?|换成?|改成?|[+＋]")
_TAKES = re.compile(
    r"拿|(?<![不想需])要(?!是|不|么|求|多久|几天)|来(?!了|过|自|得及|不及|着|回|源)|买(?!过|的|家|了|错|[大小多少长短]了)|拍(?!的|照|了|下的|错|[大小多少长短]了)|带(?!了|来)|"
    r"(?<!搭)配(?!送|什么|啥)|加(?!急|绒|厚|湿|热|工)|添|捎|选(?!择|哪)|下单|订|给(?:我|他|她)|整(?=一|两|几|\d|个|点)"
)
_ASKS = re.compile(
    r"吗|么(?!多)|[?？]|有没有|有货|有吗|要不要|用不用|需不需要|必须|能|可以|会(?!员)|怎|咋|如何|哪|什么|啥|为何|多久|几天|"
    r"几号|订单[里中]|(?<![还就])是[^,，。不\s]{1,6}吧$|[买拿要来拍]几[个件条双套包瓶盒]|(?<=[的号码款色寸升])还是(?=[^,，。\s要得不没有算买拿来就])|多[大重长宽高厚]|是不是|[是对]吧|区别|差[价在多]|好不好|到(?:了|哪)|发货|退|坏|破|少了|收到|不是"
)
_PRICES = re.compile(r"多少|多钱|几块|几元|什么价|啥价|价格|怎么卖|咋卖")
_SUMS = re.compile(r"一共|总共|合计|总价|一起|算下来|加起来|到手")
_LEFT_OUT = r"(?<![要用])(?:不要|不拿|不买|不配|不加|不带|不拍|去掉|拿掉|删掉|减掉|撤掉|划掉|算了|免了)"
_LEAVES_AFTER = re.compile(rf"^[^不]*?{_LEFT_OUT}(?:它|了|吧|啦|啊|哈|先)*$")
_LEAVES_BEFORE = re.compile(rf"{_LEFT_OUT}(?:了|那|这|一|[{_PIECE}])*$")
_LEAVES_LAST = re.compile(
    rf"^(?:那么?|嗯|好|还是|就|刚才?|最后|后面|加的?|说的?|的)*[那这]一?[{_PIECE}](?:先|就|也|还是|我)*{_LEFT_OUT}(?:了|吧|啦|啊|哈|先)*$"
)
_LEFT_NAME = re.compile(
    rf"^(?:那么?|就|把|嗯|好的?|算了|还是)*(?P<what>[^\s\d]{{1,6}}?)(?:先|就|也|都|还是|我|给我)*{_LEFT_OUT}(?:它|了|吧|啦|啊|哈|先)*$"
)
_LEFT_BEHIND = re.compile(rf"^(?:那么?|就|把|嗯|好的?|先)*{_LEFT_OUT}(?P<what>[^\s\d了]{{1,6}})了$")
_INSTEAD = re.compile(r"^(?:那|就|都|还是|给我|帮我|直接|也|再)*(?:换成?|改成?|改(?=要|拿|来))")
_CHOOSES = re.compile(
    r"^(?:好的?|行|嗯|ok|那么?|[,，])*(?:就|还是|要|选|给[我他她你])(?!有|是|没).+?(?:吧|好了|就行|的|啦|了|$)"
)
_SECOND_CHOICE = re.compile(
    r"(?:要是|如果|万一|实在|那)*(?:没有?|缺|断)[^,，。;；!！?？]{1,6}?(?:的话|的|货|了)*[,，\s]*(?:那么?就?|就)(?:还是|要|拿|来|换|给我)*(?!没|不|算|退)"
)
_HALVES = re.compile(r"(?:各|每样|每种|都)(?:来|要|拿)?一?半|一半一半|对半(?:分|开)?|平分")
_EACH = re.compile(r"各(?:要|来|拿|买|拍)?[一两二三四五六七八九十俩\d]|[每各]样")


class Deed(StrEnum):
    """What is done with goods that a clause names."""

    TAKE = "take"  # 外胎拿一条
    ADD = "add"  # 再配个尾灯: beside what is wanted already
    LEAVE_OUT = "leave_out"  # 黄油先不要了
    INSTEAD = "instead"  # 换成手套: in place of what was left out, or of what was spoken of last


def split_clauses(text: str) -> list[tuple[int, int]]:
    """Where each clause of a message stands; a space ends one, as buyers type."""
    return [found.span() for found in _CLAUSES.finditer(text)]


def find_join(text: str, start: int, end: int) -> int:
    """Where, between two goods of a clause, the words that belong to the second begin."""
    found = _JOINS.search(text, start, end)
    return found.start() if found else end


def read_deed(text: str, clause: tuple[int, int], name: tuple[int, int] | None, *, counted: bool) -> Deed | None:
    """What a clause does with the goods named in it at `name`, or with those in view; None where it does nothing.

    Args:
        text: the message.
        clause: where the clause stands, cut down to what belongs to these goods.
        name: where they are named; None for goods in view.
        counted: whether a number of pieces is said of them, which takes them where nothing is asked.
    """
    start, end = clause
    words = text[start:end]
    before, after = text[start : name[0]] if name else words, text[name[1] : end] if name else words
    if name and (_LEAVES_AFTER.match(after) or (not after.strip("了吧啊哈") and _LEAVES_BEFORE.search(before))):
        return Deed.LEAVE_OUT
    if _INSTEAD.match(words):
        return Deed.INSTEAD
    if is_added(text[:end], name[0] if name else end):
        return Deed.ADD
    of_sum = _SUMS.search(words) is not None
    if _ASKS.search(words) or (_PRICES.search(words) and not of_sum) or words.endswith("呢"):
        return None
    takes = _TAKES.search(before if name else words) or _TAKES.search(after)
    if takes and name is None and adds_one(words):
        return Deed.ADD
    return Deed.TAKE if takes or counted else None


def chooses(clause: str) -> bool:
    """Whether a clause but chooses what it names: 就26吧, 那给他黑的; nothing is asked."""
    return _CHOOSES.match(clause) is not None and not _ASKS.search(clause) and not _PRICES.search(clause)


def leaves_last(clause: str) -> bool:
    """Whether a clause leaves out what was spoken of last, by no name: 那个先不要了."""
    return _LEAVES_LAST.match(clause) is not None


def leaves_out(text: str) -> bool:
    """Whether a clause of a message leaves goods out."""
    clauses = [text[start:end] for start, end in split_clauses(text)]
    return any(_LEAVES_AFTER.match(each) or find_left_out(each) for each in clauses)


def find_left_out(clause: str) -> str | None:
    """What a clause leaves out, by whatever short word: 膜 of 膜先不要了; None where it leaves nothing out."""
    found = _LEFT_NAME.match(clause) or _LEFT_BEHIND.match(clause)
    return found["what"] if found else None


def find_second_choice(text: str) -> tuple[int, int] | None:
    """Where the words stand that put another choice before the one wanted then: 没有灰的就 of 没有灰的就白的.

    None where a message names no such choice.
    """
    found = _SECOND_CHOICE.search(text)
    return found.span() if found else None


def halves(text: str) -> bool:
    """Whether the pieces are shared out evenly among what is named: 各一半."""
    return _HALVES.search(text) is not None


def counts_each(text: str) -> bool:
    """Whether one number of pieces is of all goods: 各来两个."""
    return _EACH.search(text) is not None
