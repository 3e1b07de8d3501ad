"""Broken goods: small amends within the shop's authority, once, and the choice goes to people."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.catalogue import OrderLine, OrderState
from app.domain.commitment import CompensationCommitment, CompensationKind
from app.domain.message import MessageType
from app.shop.schema import Compensation, CompensationLimit, GiftLimit
from intents._kit.compensation import choose_compensation
from intents._kit.orders import AnotherAccountError
from tests.intents.cases import a_case, a_shop, an_open_matter, an_order, answered, asked

CASH = CompensationLimit(per_order=Decimal(5), per_day=Decimal(20))
GIFT = GiftLimit(gift="杯垫一片", per_day=3)
DELIVERED = an_order(state=OrderState.DELIVERED)


def with_photo(compensation: Compensation, *, order=DELIVERED, buyer: str = "li", **more):
    """The photo we asked for has come."""
    return a_case(
        "quality_issue",
        "",
        a_shop(order, compensation=compensation),
        kind=MessageType.IMAGE,
        memory={"quality_issue": an_open_matter("photo", wish="有一道划痕")},
        pending=asked("quality_issue", "photo"),
        slots={"order": order.order_id},
        buyer=buyer,
        **more,
    )


async def test_amends_are_offered_with_their_spending():
    outcome = await answered(with_photo(Compensation(cash=CASH)))

    assert outcome.commitments == (CompensationCommitment(CompensationKind.CASH, "8800100001", Decimal(5)),)
    assert {spend.limit for spend in outcome.effects} == {Decimal(1), Decimal(20)}
    assert "5元" in outcome.text
    assert outcome.handoff is None


@pytest.mark.parametrize("wish", ["壶把断了", "整个碎了", "底下漏水"])
async def test_nobody_is_offered_small_change_for_broken_goods(wish):
    case = with_photo(Compensation(cash=CASH))
    broken = replace(
        case, conversation=replace(case.conversation, memory={"quality_issue": an_open_matter("photo", wish=wish)})
    )

    outcome = await answered(broken)

    assert outcome.commitments == ()
    assert outcome.handoff is not None


async def test_without_authority_nothing_is_offered():
    outcome = await answered(with_photo(Compensation()))

    assert outcome.commitments == ()
    assert outcome.handoff is not None


async def test_an_explicit_zero_is_zero():
    nothing = CompensationLimit(per_order=Decimal(0), per_day=Decimal(0))

    outcome = await answered(with_photo(Compensation(cash=nothing)))

    assert outcome.commitments == ()


async def test_amends_are_a_tenth_of_a_small_order():
    cheap = an_order(state=OrderState.DELIVERED, lines=(OrderLine("T1-S", 1, Decimal(29)),))

    outcome = await answered(with_photo(Compensation(cash=CASH), order=cheap))

    assert outcome.commitments[0].amount == Decimal(2)


async def test_without_a_photo_nothing_is_offered():
    memory = {"quality_issue": an_open_matter("photo", wish="有一道划痕")}
    shop = a_shop(DELIVERED, compensation=Compensation(cash=CASH))

    outcome = await answered(a_case("quality_issue", "拍不了", shop, memory=memory))

    assert outcome.handoff is not None
    assert outcome.commitments == ()


async def test_somebody_elses_order_earns_no_amends():
    with pytest.raises(AnotherAccountError):
        await answered(with_photo(Compensation(cash=CASH), buyer="stranger"))


async def test_an_angry_buyer_is_not_haggled_with():
    outcome = await answered(with_photo(Compensation(cash=CASH), angry=True))

    assert outcome.commitments == ()
    assert outcome.handoff is not None


@pytest.mark.parametrize("gone", ["day", "order"])
async def test_a_spent_budget_gives_way_to_the_next_kind_or_to_nothing(gone):
    case = with_photo(Compensation(cash=CASH))
    first = choose_compensation(case, DELIVERED)
    assert first is not None
    spent = frozenset(spend.budget for spend in first.spends if gone in spend.budget)

    outcome = await answered(with_photo(Compensation(cash=CASH), exhausted=spent))

    assert outcome.commitments == ()


async def test_a_gift_is_offered_where_only_gifts_are_allowed():
    outcome = await answered(with_photo(Compensation(gift=GIFT)))

    assert outcome.commitments == (CompensationCommitment(CompensationKind.GIFT, "8800100001", Decimal(0), "杯垫一片"),)
    assert "杯垫一片" in outcome.text


@pytest.mark.parametrize(
    ("text", "choice"),
    [("可以吧", "接受小额打款5元"), ("好的", "接受小额打款5元"), ("不用补偿 我要退", "未接受"), ("太少了", "未接受")],
)
async def test_the_buyers_choice_reaches_the_person(text, choice):
    offer = await answered(with_photo(Compensation(cash=CASH)))
    shop = a_shop(DELIVERED, compensation=Compensation(cash=CASH))

    outcome = await answered(
        a_case(
            "quality_issue",
            text,
            shop,
            memory={"quality_issue": offer.memory or {}},
            pending=offer.asks,
            slots={"order": "8800100001"},
        )
    )

    assert outcome.handoff is not None
    assert outcome.handoff.collected["买家选择"].startswith(choice)
    assert outcome.commitments == ()


async def test_an_order_of_another_account_that_the_platform_showed_is_offered_nothing():
    case = with_photo(Compensation(cash=CASH), buyer="wang")
    shown = case.conversation.slots | {"shown_order": case.conversation.slots["order"]}
    seen = replace(case, conversation=replace(case.conversation, slots=shown))

    outcome = await answered(seen)

    assert (outcome.commitments, outcome.effects) == ((), ())
    assert outcome.handoff is not None
