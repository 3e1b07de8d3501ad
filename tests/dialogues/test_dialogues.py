"""Every written dialogue, played in process: the last answer is what its kind asks for."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app import main
from app.channels.webhook.parse import parse_message
from app.settings import Settings
from tests.dialogues.script import NOW, Dialogue, message_body, read_dialogues

FAQ = Path(__file__).parents[2] / "faq"


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="parts")
async def started_parts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(main, "utc_now", lambda: NOW)
        parts = await main.build_components(Settings(shops_dir=FAQ, state_dir=tmp_path_factory.mktemp("state")))
        yield parts
        await parts.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("dialogue", read_dialogues(), ids=lambda each: each.name)
async def test_the_last_answer_is_right(parts: Any, dialogue: Dialogue) -> None:
    body = {}
    for at in range(len(dialogue.lines)):
        sent = json.dumps(message_body(dialogue, at)).encode()
        body = await parts.responder.respond(parse_message(dialogue.shop, sent, NOW))

    assert not dialogue.find_faults(body)


def a_dialogue(**last: Any) -> Dialogue:
    return Dialogue("own", 1, "demo", (), last)


def test_an_answer_of_another_intent_or_action_is_a_fault() -> None:
    body = {"replies": [{"text": "128元"}], "decision": {"action": "answer", "intent": "price_question"}}

    assert a_dialogue(action="answer", intent="price_question", has=["元"], lacks=["折"]).find_faults(body) == []
    assert len(a_dialogue(action="silent", intent="stock", has=["折"], lacks=["元"]).find_faults(body)) == 4
    assert a_dialogue(silent=True).find_faults(body) == ["says something: 128元"]
    assert a_dialogue(intent="stock").find_faults({**body, "replies": []}) == [
        "intent is price_question: ",
        "is silent: ",
    ]


@pytest.mark.parametrize("last", [{"hass": ["元"]}, {"has": ["元"], "reason": "vip"}, {}])
def test_what_a_dialogue_cannot_ask_is_refused(last: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="own-01"):
        a_dialogue(**last)
