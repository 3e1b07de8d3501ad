"""The promotions that touch the goods a buyer asks about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.commerce.pricing import covers_product, is_running
from app.domain.catalogue import Promotion
from app.domain.fact import Fact
from intents._framework.contract import Case
from intents._kit.goods import GoodsMatch

RECENT_END: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RelevantPromotions:
    """The promotions that touch the goods meant; without goods, all of the shop's."""

    case: Case
    fact: Fact[tuple[Promotion, ...]]
    goods: GoodsMatch | None

    @property
    def active_promotions(self) -> tuple[Promotion, ...]:
        """Valid now, those for these very goods before those for the whole shop."""
        found = [each for each in self._list_relevant() if is_running(each, self.case.now)]
        return tuple(sorted(found, key=self._relevance_key))

    def _relevance_key(self, promotion: Promotion) -> tuple[bool, datetime]:
        """Of goods we speak of their own promotions first, of the shop as a whole those for everything."""
        return (bool(promotion.products) != (self.goods is not None), promotion.ends)

    @property
    def future_promotions(self) -> tuple[Promotion, ...]:
        """Not yet begun, the soonest first."""
        found = [each for each in self._list_relevant() if each.begins > self.case.now]
        return tuple(sorted(found, key=lambda each: each.begins))

    @property
    def has_recent_end(self) -> bool:
        """Whether something ended in the last days."""
        return bool(self.recent_promotions)

    @property
    def recent_promotions(self) -> tuple[Promotion, ...]:
        """Ended in the last days."""
        now = self.case.now
        return tuple(each for each in self._list_relevant() if now - RECENT_END <= each.ends <= now)

    def _list_relevant(self) -> Sequence[Promotion]:
        if self.goods is None:
            return self.fact.value
        return [each for each in self.fact.value if covers_product(each, self.goods.fact.value.product_id)]
