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
