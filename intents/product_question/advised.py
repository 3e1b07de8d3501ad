"""What we have proposed to a buyer so far, kept in the intent's memory for 便宜点的呢 and 还有别的吗."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from app.commerce.advice import Proposal
from intents._framework.contract import Case
from intents._framework.policy import current_memory

_KEY: Final = "advised"


@dataclass(frozen=True, slots=True)
class Advised:
    """The wish in the buyer's words, the newest first, with what was proposed for it.

    Attributes:
        words: all that he said of what he looks for.
        told: ids of the products named so far.
        prices: what those of the last answer cost, 元.
        like: id of the product they were proposed instead of; empty where it was a wish.
    """

    words: str
    told: tuple[str, ...] = ()
    prices: tuple[Decimal, ...] = ()
    like: str = ""

    @classmethod
    def recall(cls, case: Case) -> Self | None:
        """From the memory of the matter; None where nothing was proposed in it."""
        kept = current_memory(case).get(_KEY)
        if not kept:
            return None
        return cls(kept["words"], tuple(kept["told"]), tuple(map(Decimal, kept["prices"])), kept["like"])

    def remember(self, case: Case, proposals: Sequence[Proposal]) -> dict[str, Any]:
        """The intent's memory with these proposals added."""
        told = [*self.told, *_new_ids(proposals, self.told)]
        prices = [str(each.sku.price) for each in proposals]
        kept = {"words": self.words, "told": told, "prices": prices, "like": self.like}
        return {**current_memory(case), "at": case.now.isoformat(), _KEY: kept}


def _new_ids(proposals: Iterable[Proposal], told: Sequence[str]) -> list[str]:
    return [each.product.product_id for each in proposals if each.product.product_id not in told]
