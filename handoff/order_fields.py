"""Template fields of one order. A template is used only if all its fields are known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from string import Formatter

from app.commerce.order_status import OrderStatus
from app.domain.catalogue import Order
from app.language.changes import find_signer
from app.language.tone import apply_tone
from app.shop.schema import Hours
from handoff.deadlines import date_time_phrase
from handoff.order_in_question import OrderInQuestion, OrderSituation
from handoff.phrases import handoff_phrases

TAIL_DIGITS = 4
MOST_HOURS_SHOWN = 48  # longer durations are worded in days
PRIVATE_FIELDS = frozenset({"number", "place", "moved", "signer", "goods"})


@dataclass(frozen=True, slots=True)
class WordingContext:
    """The context of wording: the time, the shop's hours, and the goods' full and short names by id."""

    now: datetime
    hours: Hours
    names: Mapping[str, str]
    titles: Mapping[str, str]


def question_fields(matter: OrderInQuestion, speaking: WordingContext) -> dict[str, str]:
    """The fields of the order in question; of several, only the last digits of their numbers."""
    if matter.meant:
        return order_fields(matter.meant, speaking)
    tails = "、".join(each.order.order_id[-TAIL_DIGITS:] for each in matter.others)
    return {"tails": tails} if tails else {}


def order_fields(matter: OrderSituation, speaking: WordingContext) -> dict[str, str]:
    """The known fields of one order."""
    order, signer = matter.order, find_signer(matter.order.last_place or "")
    found = {
        "order": order.order_id,
        "tail": order.order_id[-TAIL_DIGITS:],
        "state": handoff_phrases().order_states[order.state],
        "goods": _goods_name(order, speaking.names),
        "product": _goods_name(order, speaking.titles),
        "courier": order.courier,
        "number": order.tracking_no,
        "place": order.last_place,
        "signer": signer,
        "returns": handoff_phrases().times.lapse_days.format(count=matter.past_returns)
        if matter.past_returns
        else None,
    }
    known = _drop_empty(found) | _time_fields(matter, speaking)
    return known | {"which": fill_first_template(handoff_phrases().which, known)}


def public_fields(known: Mapping[str, str]) -> dict[str, str]:
    """The fields that may be told to somebody other than the order's buyer."""
    return {name: value for name, value in known.items() if name not in PRIVATE_FIELDS}


def order_status_line(matter: OrderSituation, known: Mapping[str, str]) -> str:
    """The order's status as one Chinese line for agents."""
    return fill_first_template(handoff_phrases().standings[matter.standing], known)


def fill_templates(templates: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """Fills the templates whose fields are all known."""
    return [_fill(template, known) for template in templates if template_fields(template) <= known.keys()]


def fill_first_template(templates: Iterable[str], known: Mapping[str, str]) -> str:
    """Fills the first such template; the last one of every list in words.yml needs no field."""
    return next(_fill(template, known) for template in templates if template_fields(template) <= known.keys())


def _fill(template: str, known: Mapping[str, str]) -> str:
    """As the shop calls its buyers, where the template calls anybody."""
    return apply_tone(template, known.get("address", ""), emoji=True).format(**known)


@lru_cache(maxsize=1024)  # more than the templates of words.yml
def template_fields(template: str) -> frozenset[str]:
    """The fields of a template."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _drop_empty(found: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in found.items() if value}


def _goods_name(order: Order, names: Mapping[str, str]) -> str | None:
    first = next((names[line.sku_id] for line in order.lines if line.sku_id in names), None)
    return handoff_phrases().times.several.format(first=first) if first and len(order.lines) > 1 else first


def _time_fields(matter: OrderSituation, speaking: WordingContext) -> dict[str, str]:
    order, now = matter.order, speaking.now
    ship_by, moved = (matter.leaves.ship_by if matter.leaves else None), order.last_moved_at or order.shipped_at
    told = {
        "paid": _moment_field(order.paid_at, speaking),
        "shipped": _moment_field(order.shipped_at, speaking),
        "signed": _moment_field(order.delivered_at, speaking),
        "moved": _moment_field(order.last_moved_at, speaking),
        "ship_by": _moment_field(ship_by, speaking),
        "late": _lapse_phrase(now - ship_by) if ship_by and matter.standing is OrderStatus.LATE else None,
        "still": _lapse_phrase(now - moved) if moved and matter.standing is OrderStatus.STUCK else None,
    }
    return _drop_empty(told)


def _moment_field(moment: datetime | None, speaking: WordingContext) -> str | None:
    return date_time_phrase(moment, speaking.hours, handoff_phrases().times) if moment else None


def _lapse_phrase(time: timedelta) -> str | None:
    """Words a duration, rounded down so that it is still true when read later; None for less than an hour."""
    said, hours = handoff_phrases().times, int(time.total_seconds() // 3600)
    if hours >= MOST_HOURS_SHOWN:
        return said.lapse_days.format(count=hours // 24)
    return said.lapse_hours.format(count=hours) if hours else None
