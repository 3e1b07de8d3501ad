"""Whether goods bear or take what a buyer has: a dog of 36斤, books of 10公斤, a screen of 15寸."""

from dataclasses import dataclass

from app.domain.catalogue import Product
from app.language.limits import Limit, asks_to_put_in, find_load, read_limits
from app.language.size_charts import is_size_chart
from app.language.spans import OF_PEOPLE, find_told_measure, read_spans

SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Fit:
    """A load beside the limits of one detail.

    Attributes:
        load: as the buyer wrote it.
        name, value: the detail that writes the limits.
        chosen: the variant with the least limit that is enough; empty where the detail has but one limit.
        is_enough: whether any limit is.
    """

    load: str
    name: str
    value: str
    chosen: str
    is_enough: bool


def judge_fit(product: Product, text: str) -> Fit | None:
    """The load that a message tells beside what is written of the goods; None where either says nothing of it."""
    spanned = _judge_spans(product, text)
    if spanned:
        return spanned
    load = find_load(text)
    if load is None:
        return None
    puts_in = asks_to_put_in(text)
    for name, value in product.details:
        written = () if is_size_chart(name) else read_limits(name, value, puts_in=puts_in)
        limits = [each for each in written if each.kind is load.kind]
        if limits:
            enough = [each for each in limits if each.most >= load.in_base[1]]
            chosen = _least(enough) if len(limits) >= SEVERAL else ""
            return Fit(load.text, name, value, chosen, bool(enough))
    return None


def _judge_spans(product: Product, text: str) -> Fit | None:
    """A girth or a number of people beside the spans that are written of it: the first that holds it, or ends above."""
    told = find_told_measure(text)
    if told is None:
        return None
    for name, value in product.details:
        spans = read_spans(name, value, told.of)
        if spans:
            enough = next((each for each in spans if told.number <= each.high), None)
            lacks = enough is None or told.number < min(each.low for each in spans)
            chosen = enough.name if enough and len(spans) >= SEVERAL else ""
            return Fit(
                told.text, name, value, chosen, is_enough=not (lacks and told.of != OF_PEOPLE) and enough is not None
            )
    return None


def _least(enough: list[Limit]) -> str:
    return min(enough, key=lambda each: each.most).of if enough else ""
