"""Promotions as buyers name them: by amount, or by what only one title says."""

from decimal import Decimal

import pytest

from intents.promotion.named import named_promotions
from tests.builders import a_promotion

FULL = a_promotion("full", title="全店满299减30", over=Decimal(299), minus=Decimal(30))
COUPON = a_promotion("coupon", title="围巾专享券满129减15", over=Decimal(129), minus=Decimal(15), stacks=False)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("围巾券和满299减30能一起用吗", {"full", "coupon"}),
        ("15块的券能叠吗", {"coupon"}),
        ("能叠加吗", set()),
    ],
)
def test_a_promotion_is_named_by_its_amount_or_its_own_words(text: str, named: set[str]) -> None:
    assert {each.promotion_id for each in named_promotions(text, [FULL, COUPON])} == named
