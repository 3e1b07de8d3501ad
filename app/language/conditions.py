"""States of goods that a rule is bound to (吊牌没剪, 拆封后, 7天内), in what a buyer tells and in what a shop wrote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.language.numbers import NUMBER, read_number


class GoodsState(StrEnum):
    """What may have been done to goods since they came."""

    TAG_OFF = "tag_off"
    OPENED = "opened"
    USED = "used"
    WASHED = "washed"
    MADE_FOR = "made_for"
    HARMED = "harmed"


@dataclass(frozen=True, slots=True)
class StateMention:
    """A state that a text speaks of: where it ends, and whether it is said not to be so (没拆, 吊牌完好)."""

    state: GoodsState
    end: int
    is_kept: bool


_NOT = r"(?P<kept>(?:还|都|从)?(?:没有?|未|不曾|不得|不要|请勿|别|无)(?:怎么|任何|明显|被|经|当面|当场|来得及|舍得)?)?"
_TAG = r"(?:吊牌|标签|商标|挂牌|水洗标|防伪扣|吊卡|标牌)"
_OFF = "(?:剪|拆|撕|扯|摘|去|取|弄|丢|扔|掉)"
_USES = "(?:使用|试用|穿着|穿戴|佩戴|弹奏|用|穿|戴|骑|弹|吹|吃|喝|尝|坐|睡|铺|装|煮|泡|烧|涂|抹|喷|充|盖|点)"
_STATES = {
    GoodsState.TAG_OFF: (
        rf"{_TAG}[被让叫我他她都也已经给不小心还就先]{{0,5}}{_NOT}(?:被)?{_OFF}(?:掉|了|去|下来|走|开)*|"
        rf"(?P<kept2>没有?|未|别|不要|请勿)?{_OFF}(?:掉|了|去|下来)*{_TAG}|没有?了?{_TAG}|{_TAG}(?:没了|不见了|不在了)|"
        rf"{_TAG}[^,，。]{{0,5}}?(?P<kept3>完好|完整|齐全|都?在(?!哪)|还挂着|没动)"
    ),
    GoodsState.OPENED: (
        rf"{_NOT}(?:(?:拆|撕|启|开)(?:封|袋|包装)|(?:拆|撕)(?:开|了|过|掉)|"
        r"开了(?:[袋盒包罐瓶封]|一[袋盒包罐瓶])|打开(?:过|了|看)|拆(?=$|[,，。!！]))|(?P<kept2>没有?|未)(?:当面|当场|来得及|舍得)?拆"
    ),
    GoodsState.USED: (
        rf"{_NOT}(?:有)?(?:{_USES}(?:过|了(?![有很太偏显不])|[^,，。]?(?:痕迹|痕))|{_USES}(?:上车|上去|坏|完|掉)|装车)|"
        rf"(?P<kept2>没有?|未){_USES}(?=[、,，。]|就|$)|{_USES}(?:[一两三几半\d]+(?:次|回|天|口|半|顿|勺|个月|片|个星期|周)|得差不多)"
    ),
    GoodsState.WASHED: rf"{_NOT}(?:水洗|清洗|下过?水|过水|洗)(?:过|了|完|一次|两次|几次|[、,，。]|$)+",
    GoodsState.MADE_FOR: (
        r"刻(?:了|过|好|上)(?:了|的)?[^,，。]{0,2}字?|刻字的|刻字和|(?<![可能以])(?:定制|定做|订制|订做)"
        r"(?:的|过|好|类|款|商品|品|了)|按尺寸(?:定)?做"
    ),
    GoodsState.HARMED: (
        r"(?P<kept>非)?人为|(?:我|自己|不小心|不当心|没拿稳|手滑|孩子|宝宝)[^,，。]{0,8}?"
        r"(?:摔|磕|碰|砸|掉地|进水|弄坏|掰断|弄断|弄破|冲的)"
    ),
}
_PATTERNS = {state: re.compile(pattern) for state, pattern in _STATES.items()}
_OF_BEFORE = re.compile(r"(?:以前|之前|从前|上次|一直|别家|别人|朋友|平时|往常)[^,，。]{0,6}$")
_NO_USE = re.compile(r"^(?:用[了过]|使用[了过]?)[^,，。]{0,4}(?:券|红包|优惠|花呗|积分|会员|运费险|顺丰|快递)")
_TRIES = re.compile(r"试$")
_SUPPOSED = re.compile(r"要是|如果|假如|万一|若是?|假设|会不会|能不能先|可以先")
_NOT_RECEIVED = re.compile(r"没收到|没到|还没|没发|未发|不发|未收")
_GOT = "(?:收到?|签收|到货|到手|拿到|收货|买|拍)"
_SPAN = rf"(?P<number>{NUMBER}|几)?(?P<half>半)?(?P<over>多)?个?(?P<unit>天|日|周|星期|礼拜|个?月|年)(?P<more>半|多)?"
_SINCE = re.compile(rf"{_GOT}[^,，。?？]{{0,6}}?(?:都|有|快|已经|差不多)*{_SPAN}")
_AGO = re.compile(rf"{_SPAN}(?:以?前|之前)[^,，。]{{0,4}}{_GOT}")
_OVER = re.compile(rf"(?:过了?|超过?了?){_SPAN}")
_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "个月": 30, "年": 365}
_OF_FAULTS = re.compile(r"(?<![没无])有(?:质量)?(?:问题|瑕疵)")
_OF_RETURNS = re.compile(r"退|换|无理由|保修|质保|维修")
_SENTENCES = re.compile(r"[。；;！!\n]")
_DENIES = re.compile(
    r"不能|不可|没法|无法|不(?:支持|接受|予|给|退|换|保|修|办理|享受|算|适用)|不在[^。；]{0,14}|除外|恕|影响(?:二次|再次|第二次)"
)
_ALLOWS = re.compile(r"可以|能(?:退|换|保)|支持|包退|包换|就[好行]|申请|安排|免费|换新|负责")
_WITHIN = re.compile(rf"(?P<number>{NUMBER})(?:个自然)?(?:天|日)(?:之|以)?内")


def list_mentions(text: str) -> Iterator[StateMention]:
    """The states that a text speaks of, in the order of their kinds."""
    for state, pattern in _PATTERNS.items():
        for found in pattern.finditer(text):
            before = text[: found.start()]
            if _OF_BEFORE.search(before) or _TRIES.search(before) or _NO_USE.match(text[found.start() :]):
                continue
            kept = any(value for name, value in found.groupdict().items() if name.startswith("kept"))
            yield StateMention(state, found.end(), is_kept=kept)


def find_told_states(text: str) -> tuple[frozenset[GoodsState], frozenset[GoodsState]]:
    """The states that the buyer's goods are said to be in, and those they are said not to be in: 拆了, 没用过."""
    mentions = list(list_mentions(text))
    kept = frozenset(each.state for each in mentions if each.is_kept)
    return frozenset(each.state for each in mentions if not each.is_kept) - kept, kept


def tells_lasting_state(text: str, *, asks: bool) -> bool:
    """Whether the states in a text are the buyer's goods' own, to be remembered: not 要是拆了呢, nor 穿了显瘦吗."""
    return _SUPPOSED.search(text) is None and (not asks or _OF_RETURNS.search(text) is not None)


def find_days_held(text: str) -> int | None:
    """For how many days the buyer says to have had the goods: 收到半个月了, 超过七天; None where that is not said."""
    found = None if _NOT_RECEIVED.search(text) else _SINCE.search(text) or _AGO.search(text) or _OVER.search(text)
    if found is None:
        return None
    said = found.groupdict()
    number = read_number(said["number"]) if said["number"] and said["number"] != "几" else Decimal(0)
    half = Decimal("0.5") if said["half"] or said["more"] == "半" else Decimal(0)
    if not number and not half:
        return None
    days = int(((number or Decimal(0)) + half) * _DAYS[said["unit"]])
    return days + 1 if _OVER.match(found.group()) or said["over"] else days


@dataclass(frozen=True, slots=True)
class StateRule:
    """What a written rule says of a state.

    Attributes:
        subject: what its sentence says up to the state: which goods it is about.
        state: the state. is_allowed: whether goods in it may go back.
        is_plain: whether that is said of the state itself (拆封后不退) and not of its opposite (没拆封的可以退).
    """

    subject: str
    state: GoodsState
    is_allowed: bool
    is_plain: bool


def judge_states(rule: str) -> Iterator[StateRule]:
    """What a written rule says of states, sentence by sentence.

    没拆封的可以退 forbids what was opened as 拆封后不退 does; the word that decides is the next after the state.
    What holds for faulty goods alone is no rule of these states.
    """
    for sentence in _SENTENCES.split(rule):
        if _OF_FAULTS.search(sentence) or not _OF_RETURNS.search(sentence):
            continue
        for mention in list_mentions(sentence):
            rest = sentence[mention.end :]
            denied, allowed = _DENIES.search(rest), _ALLOWS.search(rest)
            if denied is None and allowed is None:
                denied, allowed = _DENIES.search(sentence), _ALLOWS.search(sentence)
            if denied is None and allowed is None:
                continue
            forbids = allowed is None or (denied is not None and denied.start() <= allowed.start())
            if not (mention.is_kept and forbids):
                is_allowed = not forbids and not mention.is_kept
                yield StateRule(sentence[: mention.end], mention.state, is_allowed, not mention.is_kept)


def find_days_allowed(rule: str) -> int | None:
    """The days within which a rule holds: 7 of 签收后7天内."""
    found = _WITHIN.search(rule)
    number = read_number(found["number"]) if found else None
    return int(number) if number else None
