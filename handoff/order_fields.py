"""The words that sentences about an order may use, as far as they are known; sentences choose themselves by them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from string import Formatter

from app.commerce.order_status import Standing
from app.domain.catalogue import Order
from app.shop.schema import Hours
from handoff.deadlines import stamp_in_words
from handoff.order_in_question import Matter, OrderMatter
from handoff.phrases import words

TAIL = 4
HOURS_NAMED = 48  # longer waits are told in days
PRIVATE = frozenset({"number", "place", "moved", "signer", "goods"})
SIGNER = re.compile(r"签收人[:：]\s*([^\s，,。]+)")


@dataclass(frozen=True, slots=True)
class Speaking:
    """When and for whom is spoken: the time, the shop's clock, and by their ids the names of goods, full and short."""

    now: datetime
    hours: Hours
    names: Mapping[str, str]
    titles: Mapping[str, str]


def matter_words(matter: Matter, speaking: Speaking) -> dict[str, str]:
    """What is known of the order meant; of several, the ends of their numbers."""
    if matter.meant:
        return order_words(matter.meant, speaking)
    tails = "、".join(each.order.order_id[-TAIL:] for each in matter.others)
    return {"tails": tails} if tails else {}


def order_words(matter: OrderMatter, speaking: Speaking) -> dict[str, str]:
    """Every word known of one order; what is not known is not there."""
    order, signer = matter.order, SIGNER.search(matter.order.last_place or "")
    found = {
        "order": order.order_id,
        "tail": order.order_id[-TAIL:],
        "state": words().order_states[order.state],
        "goods": _goods(order, speaking.names),
        "product": _goods(order, speaking.titles),
        "courier": order.courier,
        "number": order.tracking_no,
        "place": order.last_place,
        "signer": signer[1] if signer else None,
        "returns": words().times.lapse_days.format(count=matter.past_returns) if matter.past_returns else None,
    }
    known = _known(found) | _times(matter, speaking)
    return known | {"which": first_filled(words().which, known)}


def withheld(known: Mapping[str, str]) -> dict[str, str]:
    """What may be told of an order to somebody who is not known to be its buyer."""
    return {name: value for name, value in known.items() if name not in PRIVATE}


def standing_line(matter: OrderMatter, known: Mapping[str, str]) -> str:
    """Where the order stands, as one Chinese line for people."""
    return first_filled(words().standings[matter.standing], known)


def filled(templates: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """Those sentences of which every word is known, with the words in them."""
    return [template.format(**known) for template in templates if fields(template) <= known.keys()]


def first_filled(templates: Iterable[str], known: Mapping[str, str]) -> str:
    """The first of them; the last of every list in words.yml needs no words."""
    return next(template.format(**known) for template in templates if fields(template) <= known.keys())


@lru_cache(maxsize=1024)  # the sentences of words.yml
def fields(template: str) -> frozenset[str]:
    """The words a sentence needs."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _known(found: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in found.items() if value}


def _goods(order: Order, names: Mapping[str, str]) -> str | None:
    first = next((names[line.sku_id] for line in order.lines if line.sku_id in names), None)
    return words().times.several.format(first=first) if first and len(order.lines) > 1 else first


def _times(matter: OrderMatter, speaking: Speaking) -> dict[str, str]:
    order, now = matter.order, speaking.now
    ship_by, moved = (matter.leaves.ship_by if matter.leaves else None), order.last_moved_at or order.shipped_at
    told = {
        "paid": _stamp(order.paid_at, speaking),
        "shipped": _stamp(order.shipped_at, speaking),
        "signed": _stamp(order.delivered_at, speaking),
        "moved": _stamp(order.last_moved_at, speaking),
        "ship_by": _stamp(ship_by, speaking),
        "late": _lapse(now - ship_by) if ship_by and matter.standing is Standing.LATE else None,
        "still": _lapse(now - moved) if moved and matter.standing is Standing.STUCK else None,
    }
    return _known(told)


def _stamp(moment: datetime | None, speaking: Speaking) -> str | None:
    return stamp_in_words(moment, speaking.hours, words().times) if moment else None


def _lapse(time: timedelta) -> str | None:
    """How long, rounded down: it is read later than it is written, and stays true; less than an hour is not told."""
    said, hours = words().times, int(time.total_seconds() // 3600)
    if hours >= HOURS_NAMED:
        return said.lapse_days.format(count=hours // 24)
    return said.lapse_hours.format(count=hours) if hours else None
