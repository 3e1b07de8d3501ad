"""Every `checks:` line of every intent, held against the demo shop through the whole responder."""

import pytest

from intents._framework.registry import load_intents
from intents._framework.schema import Check
from tests.intents.conftest import Counter

CHECKS = [
    pytest.param(check, id=f"{intent}-{number}-{'/'.join(check.say)}")
    for intent, definition in load_intents().items()
    for number, check in enumerate(definition.checks, 1)
]


@pytest.mark.parametrize("check", CHECKS)
async def test_the_conversation_goes_as_the_check_says(counter: Counter, check: Check):
    turn = await counter.hold(check)

    decision = turn.body["decision"]
    text = "\n".join(reply["text"] for reply in turn.body["replies"])
    assert decision["action"] == check.action, text
    assert check.intent in (None, decision["intent"])
    assert check.reason in (None, decision["reason"])
    assert [words for words in check.contains if words not in text] == [], text
    assert [words for words in check.lacks if words in text] == [], text
