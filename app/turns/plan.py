"""What a turn has decided about one request, and what every way of planning asks of a message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.dialogue.wanted_parts import goods_spans
from app.domain.decision import Decision
from app.domain.understanding import Entity, EntityKind, Request, Understanding
from app.language.fragments import is_condition
from app.language.together import are_joined

NUMBER_KINDS = frozenset({EntityKind.ORDER_ID, EntityKind.TRACKING_NO, EntityKind.PHONE})


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """One request and what was decided about it; `assumed` where it was but taken to go on with what we spoke of."""

    request: Request
    decision: Decision
    assumed: bool = False


def whole_request(understanding: Understanding) -> Request:
    """The message as one request."""
    return understanding.whole or understanding.requests[0]


def is_verbatim(request: Request) -> bool:
    """Whether one of the shop's own wordings was said."""
    return bool(request.faqs) and request.faqs[0].is_verbatim


def is_bare_number(understanding: Understanding) -> bool:
    """Whether the message is an order number, a parcel's or a phone's and nothing else: it names, and asks nothing."""
    text = understanding.normalised.strip()
    return any(entity.kind in NUMBER_KINDS and entity.text == text for entity in understanding.entities)


def drop_conditions(requests: Sequence[Request]) -> Sequence[Request]:
    """The requests without those that only say on what terms the next one is asked: 不领券多少钱."""
    asked = [each for at, each in enumerate(requests) if at + 1 == len(requests) or not is_condition(each.text)]
    return asked or requests


def split_by_goods(plan: RequestPlan) -> list[RequestPlan]:
    """One plan for each product, where several are named together: 衬衫和围巾有货吗.

    What is named before the first product belongs to it, what follows one to that.
    """
    request = plan.request
    text, goods = request.text, [each for each in request.entities if each.kind is EntityKind.PRODUCT]
    spans = goods_spans(text, request.entities)
    told_apart = len({each.value for each in goods}) == len(goods) and all(
        text[each.start : each.end] == each.text for each in goods
    )
    if not told_apart or not are_joined(text, spans):
        return [plan]
    starts = [0, *(start for start, _ in spans[1:]), len(text)]
    return [
        replace(plan, request=replace(request, entities=_entities_within(request.entities, *ends)))
        for ends in pairwise(starts)
    ]


def _entities_within(entities: Sequence[Entity], start: int, end: int) -> tuple[Entity, ...]:
    return tuple(each for each in entities if start <= each.start < end)
