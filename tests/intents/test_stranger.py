"""An order asked about from another account than it was placed with."""

from datetime import timedelta

import pytest

from app.domain.catalogue import OrderState
from app.domain.decision import Reason
from app.domain.fact import Fact, FactKind
from app.guard.gate import Approval, review_outcome
from intents._framework.contract import Case
from intents._kit.orders import AnotherAccountError
from intents._kit.other_account import ACCOUNT_MISMATCH_NOTE, answer_other_account
from tests.intents.cases import CATALOGUE, NOW, a_case, a_shop, an_order

PARCEL = {
    "shipped_at": NOW - timedelta(days=2),
    "courier": "中通快递",
    "tracking_no": "ZT2000000001",
    "last_moved_at": NOW,
    "last_place": "快件已到达 南京转运中心",
}
SECRETS = ("ZT2000000001", "中通", "南京", "茶盘", "128")


def asked_by(buyer: str, intent: str, state: OrderState, **more) -> Case:
    order = an_order(state=state, **PARCEL)
    return a_case(intent, "这单怎么样了", a_shop(order), buyer=buyer, slots={"order": order.order_id}, **more)


async def of_a_strangers(case: Case):
    with pytest.raises(AnotherAccountError) as caught:
        await CATALOGUE[case.intent].action().answer(case)
    return answer_other_account(case, caught.value.fact)


@pytest.mark.parametrize("intent", ["logistics_status", "shipping_time", "arrival_time", "delivery_urging"])
@pytest.mark.parametrize(
    ("state", "word"),
    [
        (OrderState.UNPAID, "付款"),
        (OrderState.PAID, "待发货"),
        (OrderState.SHIPPED, "已发货|已经发货"),
        (OrderState.DELIVERED, "已签收"),
        (OrderState.REFUNDED, "下单账号|下单的账号"),
    ],
)
async def test_its_state_is_told_in_general_words_only(intent: str, state: OrderState, word: str):
    case = asked_by("wang", intent, state)

    outcome = await of_a_strangers(case)

    assert any(each in outcome.text for each in word.split("|"))
    assert not [secret for secret in SECRETS if secret in outcome.text]
    assert outcome.handoff is None
    assert (outcome.effects, outcome.commitments) == ((), ())
    assert isinstance(review_outcome(outcome, case), Approval)


@pytest.mark.parametrize(
    "intent", ["modify_order", "cancel_order", "return_refund", "quality_issue", "price_protection", "invoice"]
)
async def test_whatever_changes_it_goes_to_a_person_who_checks_first(intent: str):
    outcome = await of_a_strangers(asked_by("wang", intent, OrderState.PAID))

    assert outcome.handoff is not None
    assert ACCOUNT_MISMATCH_NOTE in outcome.handoff.notes
    assert not [secret for secret in SECRETS if secret in outcome.text]


async def test_who_asks_on_after_its_state_gets_a_person():
    first = await of_a_strangers(asked_by("wang", "logistics_status", OrderState.SHIPPED))
    second = await of_a_strangers(asked_by("wang", "arrival_time", OrderState.SHIPPED, tried=(first.tried,)))

    assert second.handoff is not None
    assert second.handoff.reason is Reason.AFTER_SALES


async def test_an_angry_stranger_gets_a_person_at_once():
    outcome = await of_a_strangers(asked_by("wang", "delivery_urging", OrderState.PAID, angry=True))

    assert outcome.handoff is not None
    assert outcome.handoff.reason is Reason.ANGRY


async def test_which_carriers_the_shop_has_is_no_secret():
    outcome = await CATALOGUE["courier"].action().answer(asked_by("wang", "courier", OrderState.SHIPPED))

    assert outcome.handoff is None
    assert "圆通" in outcome.text


def test_the_error_shows_the_end_of_the_number_only():
    order = an_order("8800100021")

    error = AnotherAccountError(Fact(FactKind.ORDER, order, "files", NOW))

    assert "8800100021" not in str(error)


async def test_an_order_the_platform_itself_showed_is_the_buyers():
    order = an_order(state=OrderState.SHIPPED, **PARCEL)
    shown = {"order": order.order_id, "shown_order": order.order_id}
    case = a_case("logistics_status", "这单怎么样了", a_shop(order), buyer="wang", slots=shown)

    outcome = await CATALOGUE[case.intent].action().answer(case)

    assert "南京" in outcome.text
