"""Whether goods bear or take what a buyer has: a dog of 36斤, books of 10公斤, a screen of 15寸."""

from dataclasses import dataclass

from app.domain.catalogue import Product
from app.language.limits import Limit, asks_to_put_in, find_load, read_limits
from app.language.size_charts import is_size_chart

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


def _least(enough: list[Limit]) -> str:
    return min(enough, key=lambda each: each.most).of if enough else ""
