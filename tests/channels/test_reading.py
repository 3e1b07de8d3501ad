"""What the page says of the channels: how a call proves itself, and what comes back."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from app.channels import ChannelContext, load_channel_routers
from app.channels.webhook.examples import ACCEPTED_EXAMPLES, ANSWER_EXAMPLES
from app.domain.conversation import Owner
from app.domain.decision import Action, Verdict
from app.domain.events import TurnAnswered
from app.domain.message import ConversationKey
from app.domain.reply import OutgoingReply
from app.turns.response import answer_body
from tests.web.house import bare_app


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    nothing: dict[str, Any] = {field.name: None for field in fields(ChannelContext)}  # the page is only read
    app = bare_app()
    for router in load_channel_routers(ChannelContext(**nothing)):
        app.include_router(router)
    return app.openapi()


@pytest.mark.parametrize("path", ["messages", "lines", "spoken"])
def test_a_signed_call_shows_all_three_headers_as_one_requirement(page: dict[str, Any], path: str) -> None:
    operation = page["paths"][f"/v1/shops/{{shop}}/{path}"]["post"]
    schemes = page["components"]["securitySchemes"]

    (requirement,) = operation["security"]

    assert set(requirement) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert all(schemes[name]["in"] == "header" and schemes[name]["name"] == name for name in requirement)


def test_rasas_message_shows_its_token(page: dict[str, Any]) -> None:
    (requirement,) = page["paths"]["/webhooks/rest/webhook"]["post"]["security"]

    assert page["components"]["securitySchemes"][next(iter(requirement))]["in"] == "query"


def test_nothing_of_our_own_marks_is_left_on_the_page(page: dict[str, Any]) -> None:
    operations = [operation for methods in page["paths"].values() for operation in methods.values()]

    assert not [key for operation in operations for key in operation if key.startswith("x-")]


@pytest.mark.parametrize(
    ("status", "name"), [*(("200", name) for name in ANSWER_EXAMPLES), *(("202", name) for name in ACCEPTED_EXAMPLES)]
)
def test_a_whole_answer_is_shown_and_is_what_its_schema_says(page: dict[str, Any], status: str, name: str) -> None:
    told = page["paths"]["/v1/shops/{shop}/messages"]["post"]["responses"][status]["content"]["application/json"]

    shown = told["examples"][name]["value"]

    jsonschema.validate(shown, {**told["schema"], "components": page["components"]})


@pytest.mark.parametrize("shown", ANSWER_EXAMPLES.values())
def test_an_answer_shown_has_every_field_of_a_real_one(shown: dict[str, Any]) -> None:
    told = shown["value"]
    verdict = Verdict(Action(told["decision"]["action"]), told["decision"]["intent"], told["decision"]["confidence"])
    now = datetime(2026, 3, 2, tzinfo=UTC)
    real = answer_body(
        TurnAnswered(
            key=ConversationKey("demo", "webhook", "c"),
            at=now,
            trace_id="t",
            message_ids=("m",),
            received_at=now,
            owner=Owner.BOT,
            verdict=verdict,
            replies=(OutgoingReply("r", "好"),),
        )
    )

    assert list(told) == list(real)
    assert list(told["decision"]) == list(real["decision"])
    assert list(told["replies"][0]) == list(real["replies"][0])
