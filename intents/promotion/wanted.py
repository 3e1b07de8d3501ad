"""The promotions that touch the goods a buyer asks about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.commerce.pricing import is_for, is_running
from app.domain.catalogue import Promotion
from app.domain.fact import Fact
from intents._framework.contract import Case
from intents._kit.goods import Goods

LATELY: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The promotions that touch the goods meant; without goods, all of the shop's."""

    case: Case
    fact: Fact[tuple[Promotion, ...]]
    goods: Goods | None

    @property
    def running(self) -> tuple[Promotion, ...]:
        """Valid now, those for these very goods before those for the whole shop."""
        found = [each for each in self._relevant() if is_running(each, self.case.now)]
        return tuple(sorted(found, key=self._closeness))

    def _closeness(self, promotion: Promotion) -> tuple[bool, datetime]:
        """Of goods we speak of their own promotions first, of the shop as a whole those for everything."""
        return (bool(promotion.products) != (self.goods is not None), promotion.ends)

    @property
    def coming(self) -> tuple[Promotion, ...]:
        """Not yet begun, the soonest first."""
        found = [each for each in self._relevant() if each.begins > self.case.now]
        return tuple(sorted(found, key=lambda each: each.begins))

    @property
    def ended(self) -> bool:
        """Whether something ended in the last days."""
        return any(self.case.now - LATELY <= each.ends <= self.case.now for each in self._relevant())

    def _relevant(self) -> Sequence[Promotion]:
        if self.goods is None:
            return self.fact.value
        return [each for each in self.fact.value if is_for(each, self.goods.fact.value.product_id)]
