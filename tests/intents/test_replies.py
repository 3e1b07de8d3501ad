"""Sentences rotate without repeating, in the shop's own tone."""

from pathlib import Path

import pytest

from app.domain.handoff import Group
from app.domain.intent_traits import IntentTraits
from app.shop.schema import ShopSettings, Tone
from intents._framework.policy import PolicyAction
from intents._framework.registry import IntentDefinition
from intents._framework.replies import IntentReplies
from intents._framework.schema import Stage

VARIANTS = ("{address}，有{count}件。", "有的，{count}件。", "还有{count}件哦。")


def replies(
    *used: str, tone: Tone | None = None, seed: str = "c/1", variants: tuple[str, ...] = VARIANTS
) -> IntentReplies:
    definition = IntentDefinition(
        id="stock",
        stages=(Stage.PRESALE,),
        group=Group.PRESALE,
        replies={"have": variants},
        shared={"ask_order": ("请发订单号。",)},
        checks=(),
        folder=Path(),
        action=PolicyAction,
        traits=IntentTraits("库存"),
    )
    return IntentReplies(definition, ShopSettings(name="小店", tone=tone or Tone()), used, seed)


def test_no_variant_is_said_twice_in_a_conversation_before_all_were_said():
    speaker = replies()

    said = [speaker.render_reply("have", count=3).variant for _ in VARIANTS]

    assert sorted(said) == ["stock/have/0", "stock/have/1", "stock/have/2"]


def test_variants_said_in_earlier_turns_are_avoided():
    said = replies("stock/have/0", "stock/have/2").render_reply("have", count=3)

    assert said.variant == "stock/have/1"


def test_when_all_were_said_the_oldest_comes_again():
    said = replies("stock/have/2", "stock/have/0", "stock/have/1", "stock/have/2").render_reply("have", count=3)

    assert said.variant == "stock/have/0"


def test_the_same_turn_computed_twice_says_the_same():
    assert replies().render_reply("have", count=3) == replies().render_reply("have", count=3)


def test_other_conversations_begin_with_other_variants():
    begins = {replies(seed=f"c-{number}/0").render_reply("have", count=3).variant for number in range(30)}

    assert len(begins) == len(VARIANTS)


def test_values_are_filled_in():
    assert "3件" in replies().render_reply("have", count=3).text


def test_a_missing_value_is_an_error_and_not_a_hole_in_the_sentence():
    with pytest.raises(KeyError):
        replies().render_reply("have")


def test_an_unknown_key_is_an_error():
    with pytest.raises(KeyError):
        replies().render_reply("nothing")


def test_shared_sentences_are_there_for_every_intent():
    said = replies().render_reply("ask_order")

    assert said.variant == "shared/ask_order/0"
    assert replies().has_reply("ask_order")
    assert not replies().has_reply("nothing")


def test_a_friendly_shop_says_qin():
    said = replies(variants=("{address}，有{count}件。",)).render_reply("have", count=1)

    assert said.text == "亲，有1件。"


def test_emoji_are_said_only_where_the_shop_wants_them():
    smiling = ("有{count}件哦😊",)

    assert replies(variants=smiling).render_reply("have", count=1).text == "有1件哦"
    assert replies(variants=smiling, tone=Tone(emoji=True)).render_reply("have", count=1).text == "有1件哦😊"
