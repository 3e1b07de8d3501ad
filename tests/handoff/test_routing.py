"""Which group takes over, and how urgent it is."""

import pytest

from app.domain.decision import Reason
from app.domain.handoff import Group, Priority
from app.shop.schema import GroupSettings
from handoff.routing import Subject, prioritise, route
from tests.handoff.builders import a_request, some_settings


@pytest.mark.parametrize(
    ("reason", "group"),
    [
        (Reason.AUTHORITY_EXCEEDED, Group.SUPERVISOR),
        (Reason.RISK_WORDS, Group.SUPERVISOR),
        (Reason.COMPLAINT, Group.SUPERVISOR),
        (Reason.AFTER_SALES, Group.AFTERSALE),
        (Reason.BULK_ORDER, Group.PRESALE),
        (Reason.LOW_CONFIDENCE, Group.INSALE),
        (Reason.ANGRY, Group.INSALE),
    ],
)
def test_the_reason_goes_before_the_intents_own_group(reason: Reason, group: Group):
    assert route(reason, Subject(Group.INSALE), None, some_settings()) is group


def test_the_actions_wish_goes_before_the_reason():
    wished = a_request(group=Group.AFTERSALE)

    assert route(Reason.AUTHORITY_EXCEEDED, Subject(Group.PRESALE), wished, some_settings()) is Group.AFTERSALE


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("intent_group", list(Group))
def test_no_conversation_goes_to_a_group_the_shop_does_not_have(reason: Reason, intent_group: Group):
    settings = some_settings(groups={Group.INSALE: GroupSettings(name="客服")})

    assert route(reason, Subject(intent_group), None, settings) is Group.INSALE


@pytest.mark.parametrize("reason", [Reason.COMPLAINT, Reason.RISK_WORDS, Reason.ANGRY])
def test_trouble_is_urgent(reason: Reason):
    assert prioritise(reason, None) is Priority.URGENT


@pytest.mark.parametrize("reason", list(Reason))
def test_an_action_can_make_it_urgent(reason: Reason):
    assert prioritise(reason, a_request(urgent=True)) is Priority.URGENT


def test_a_plain_miss_is_normal():
    assert prioritise(Reason.LOW_CONFIDENCE, None) is Priority.NORMAL
