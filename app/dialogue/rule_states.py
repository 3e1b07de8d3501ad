"""What a buyer has told of the state of goods, over the turns, and how a written rule stands to it. Pure."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Product
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import Request
from app.language.conditions import (
    GoodsState,
    find_days_allowed,
    find_days_held,
    find_told_states,
    judge_states,
    tells_lasting_state,
)
from app.language.text import letter_pairs


@dataclass(frozen=True, slots=True)
class ToldStates:
    """The states that the buyer's goods were said to be in, and for how many days he has them, where he said so."""

    states: frozenset[GoodsState] = frozenset()
    days: int | None = None

    def __bool__(self) -> bool:
        """Whether anything was told."""
        return bool(self.states) or self.days is not None

    def to_slot(self) -> str | None:
        """How a conversation remembers it; None where nothing was told."""
        return json.dumps({"states": sorted(self.states), "days": self.days}) if self else None


def load_told_states(value: str | None) -> ToldStates:
    """What `to_slot` made."""
    if value is None:
        return ToldStates()
    stored = json.loads(value)
    return ToldStates(frozenset(map(GoodsState, stored["states"])), stored["days"])


def add_told_states(before: ToldStates, text: str) -> ToldStates:
    """With what this text tells: 没拆 takes back what was told before."""
    told, kept = find_told_states(text)
    days = find_days_held(text)
    return ToldStates((before.states | told) - kept, before.days if days is None else days)


def remember_told_states(value: str | None, requests: Iterable[Request]) -> str | None:
    """The slot after these requests; what is only supposed or asked is not remembered."""
    told = load_told_states(value)
    for request in requests:
        if tells_lasting_state(request.text, asks=Act.ASK in request.acts):
            told = add_told_states(told, request.text)
    return told.to_slot()


def tells_state_in_return(request: Request, last: str | None, traits: IntentDirectory) -> bool:
    """Whether, in a matter of goods to be given back, it is told what was done to them: 吊牌我剪了, 都十天了."""
    returning = traits.holds_role(last, IntentRole.RETURNS) or traits.holds_role(last, IntentRole.CHANGE)
    return returning and Act.ASK not in request.acts and bool(add_told_states(ToldStates(), request.text))


def drop_rows_of_kept_states(request: Request, entries: Mapping[str, FaqEntry]) -> Request:
    """The request without rows on what the buyer says was not done: 吊牌剪了还能退吗, to 吊牌还在."""
    _, kept = find_told_states(request.text)
    if not kept:
        return request
    rows = (each for each in request.faqs if each.is_verbatim or not asks_of_states(entries.get(each.entry_id), kept))
    return replace(request, faqs=tuple(rows))


def asks_of_states(entry: FaqEntry | None, states: frozenset[GoodsState]) -> bool:
    """Whether a row asks of one of these states: 吊牌剪了还能退吗."""
    wordings = (entry.question, *entry.similar_questions) if entry else ()
    return any(find_told_states(each)[0] & states for each in wordings)


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """How a rule stands to what was told.

    Attributes:
        denied: the states it rules out. said: those of them that it names as such, 拆封后不退.
        allowed: the states it allows. is_late: whether its days are over.
    """

    denied: frozenset[GoodsState]
    said: frozenset[GoodsState]
    allowed: frozenset[GoodsState]
    is_late: bool


def judge_rule(rule: str, told: ToldStates, scope: str, products: Collection[Product]) -> RuleVerdict:
    """What a shop's written rule says to the states that were told.

    Args:
        rule: the shop's words.
        told: what the buyer told.
        scope: what was said of the goods, with their names: a sentence on other goods says nothing to them.
        products: those of the shop, whose names tell which goods a sentence is about.
    """
    judged = [
        each for each in judge_states(rule) if each.state in told.states and _is_about(each.subject, scope, products)
    ]
    allowed = frozenset(each.state for each in judged if each.is_allowed)
    denied = frozenset(each.state for each in judged if not each.is_allowed) - allowed
    limit = find_days_allowed(rule)
    return RuleVerdict(
        denied,
        frozenset(each.state for each in judged if each.is_plain) & denied,
        allowed,
        is_late=limit is not None and told.days is not None and told.days > limit,
    )


def _is_about(subject: str, scope: str, products: Collection[Product]) -> bool:
    """Whether a sentence names no goods, or those that are spoken of."""
    named = [name for product in products for name in (product.title, *product.keywords) if len(name) > 1]
    return not any(name in subject for name in named) or bool(letter_pairs(subject) & letter_pairs(scope))
