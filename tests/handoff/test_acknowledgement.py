"""What the buyer is told when people take over."""

from datetime import datetime

import pytest

from app.domain.handoff import Group
from app.shop.schema import GroupSettings
from handoff.acknowledgement import AcknowledgementKind, acknowledgement_text
from handoff.phrases import handoff_phrases
from tests.handoff.builders import HOURS, MORNING, NIGHT, some_settings


def test_in_hours_the_buyer_hears_which_group_takes_over():
    said = acknowledgement_text(some_settings(), Group.AFTERSALE, MORNING)

    assert "售后客服" in said
    assert said.startswith("亲，")


def test_the_group_is_called_by_the_shops_own_name():
    settings = some_settings(groups={Group.AFTERSALE: GroupSettings(name="暖心售后组")})

    assert "暖心售后组" in acknowledgement_text(settings, Group.AFTERSALE, MORNING)


@pytest.mark.parametrize("variant", range(4))
@pytest.mark.parametrize(
    "occasion", [each for each in AcknowledgementKind if each is not AcknowledgementKind.WITHDRAWN]
)
def test_out_of_hours_the_buyer_hears_when_people_are_back(variant: int, occasion: AcknowledgementKind):
    said = acknowledgement_text(some_settings(), Group.PRESALE, NIGHT, occasion, variant=variant)

    assert "明天上午9:00上班" in said


@pytest.mark.parametrize("variant", range(4))
def test_who_wants_nobody_any_more_hears_of_nobody_coming(variant: int):
    said = acknowledgement_text(some_settings(), Group.PRESALE, NIGHT, AcknowledgementKind.WITHDRAWN, variant=variant)

    assert "转" in said
    assert not [word for word in ("上班", "回来", "客服组", "接手") if word in said]


@pytest.mark.parametrize("key", [key for key in handoff_phrases().acknowledgement if "closed" in key])
def test_out_of_hours_nothing_else_is_promised(key: str):
    promises = ("马上", "立即", "立刻", "尽快", "稍后", "分钟", "小时内", "退款", "补偿", "赔", "保证", "一定")

    for sentence in handoff_phrases().acknowledgement[key]:
        assert not [word for word in promises if word in sentence]


def test_a_shop_that_never_opens_promises_no_time():
    settings = some_settings(hours=HOURS.model_copy(update={"days": ()}))

    said = acknowledgement_text(settings, Group.PRESALE, MORNING)

    assert "客服上班后" in said
    assert "None" not in said


def test_acknowledgements_rotate():
    said = {acknowledgement_text(some_settings(), Group.PRESALE, MORNING, variant=turn) for turn in range(3)}

    assert len(said) == 3


@pytest.mark.parametrize("occasion", list(AcknowledgementKind))
@pytest.mark.parametrize("now", [MORNING, NIGHT])
@pytest.mark.parametrize("days", [(), (1, 2, 3, 4, 5, 6, 7)])
def test_no_gap_is_left_in_any_sentence(occasion: AcknowledgementKind, now: datetime, days: tuple[int, ...]):
    settings = some_settings(hours=HOURS.model_copy(update={"days": days}))

    for variant in range(4):
        assert "{" not in acknowledgement_text(settings, Group.INSALE, now, occasion, variant=variant)


def test_after_an_answer_the_buyer_is_not_greeted_twice():
    for now in (MORNING, NIGHT):
        for variant in range(4):
            said = acknowledgement_text(
                some_settings(), Group.INSALE, now, AcknowledgementKind.FOLLOWING, variant=variant
            )
            assert "亲" not in said
            assert "抱歉" not in said
