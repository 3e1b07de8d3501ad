"""Which group takes over, and how urgent it is."""

import pytest

from app.commerce.order_status import OrderStatus
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority
from app.shop.schema import GroupSettings
from handoff.routing import RoutingSubject, choose_group, choose_priority
from tests.handoff.builders import a_request, some_settings


@pytest.mark.parametrize(
    ("reason", "group"),
    [
        (Reason.AUTHORITY_EXCEEDED, Group.SUPERVISOR),
        (Reason.RISK_WORDS, Group.SUPERVISOR),
        (Reason.COMPLAINT, Group.SUPERVISOR),
        (Reason.AFTER_SALES, Group.AFTERSALE),
        (Reason.BULK_ORDER, Group.SUPERVISOR),
        (Reason.LOW_CONFIDENCE, Group.INSALE),
        (Reason.ANGRY, Group.INSALE),
    ],
)
def test_the_reason_goes_before_the_intents_own_group(reason: Reason, group: Group):
    assert choose_group(reason, RoutingSubject(Group.INSALE), None, some_settings()) is group


def test_the_actions_wish_goes_before_the_reason():
    wished = a_request(group=Group.AFTERSALE)

    assert (
        choose_group(Reason.AUTHORITY_EXCEEDED, RoutingSubject(Group.PRESALE), wished, some_settings())
        is Group.AFTERSALE
    )


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("intent_group", list(Group))
def test_no_conversation_goes_to_a_group_the_shop_does_not_have(reason: Reason, intent_group: Group):
    settings = some_settings(groups={Group.INSALE: GroupSettings(name="客服")})

    assert choose_group(reason, RoutingSubject(intent_group), None, settings) is Group.INSALE


@pytest.mark.parametrize(
    ("standing", "group"),
    [
        (None, Group.PRESALE),
        (OrderStatus.UNPAID, Group.PRESALE),
        (OrderStatus.WAITING, Group.INSALE),
        (OrderStatus.LATE, Group.INSALE),
        (OrderStatus.MOVING, Group.INSALE),
        (OrderStatus.STUCK, Group.INSALE),
        (OrderStatus.DELIVERED, Group.AFTERSALE),
        (OrderStatus.REFUNDING, Group.AFTERSALE),
        (OrderStatus.CANCELLED, Group.PRESALE),
    ],
)
def test_who_looks_after_the_order_takes_over(standing: OrderStatus | None, group: Group):
    assert choose_group(Reason.ASKED_FOR_HUMAN, RoutingSubject(Group.PRESALE, standing), None, some_settings()) is group


@pytest.mark.parametrize(
    ("text", "standing", "group"),
    [
        ("退款怎么还没到账", None, Group.AFTERSALE),
        ("我的钱呢", OrderStatus.REFUNDING, Group.AFTERSALE),
        ("再不发货我要退款", OrderStatus.LATE, Group.INSALE),
        ("快递怎么不动了", OrderStatus.STUCK, Group.INSALE),
    ],
)
def test_money_on_its_way_back_is_not_for_those_who_urge_parcels(text: str, standing: OrderStatus | None, group: Group):
    wished = a_request(reason=Reason.ANGRY, group=Group.INSALE)

    assert choose_group(Reason.ANGRY, RoutingSubject(Group.INSALE, standing, text), wished, some_settings()) is group


@pytest.mark.parametrize("reason", [Reason.COMPLAINT, Reason.RISK_WORDS, Reason.ANGRY])
def test_trouble_is_urgent(reason: Reason):
    assert choose_priority(reason, None) is Priority.URGENT


@pytest.mark.parametrize("reason", list(Reason))
def test_an_action_can_make_it_urgent(reason: Reason):
    assert choose_priority(reason, a_request(urgent=True)) is Priority.URGENT


def test_a_plain_miss_is_normal():
    assert choose_priority(Reason.LOW_CONFIDENCE, None) is Priority.NORMAL
