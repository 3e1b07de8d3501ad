"""The brief as a versioned document."""

import jsonschema
import pytest

from app.domain.decision import Reason
from app.domain.ticket import TranscriptLine
from app.web.handoff_example import example_view
from handoff.brief import SCHEMA_ID, Brief, Flag, attach_transcript, brief_schema
from handoff.brief_writer import create_ticket, write_brief
from tests.handoff.builders import MORNING, a_fact, a_request, a_story, an_order


def test_the_schema_names_its_version():
    schema = brief_schema()

    assert schema["$id"] == SCHEMA_ID
    assert schema["$id"].endswith(f":{schema['version']}")
    assert schema["properties"]["version"]["const"] == schema["version"]


def test_the_schema_is_a_json_schema():
    jsonschema.Draft202012Validator.check_schema(brief_schema())


@pytest.mark.parametrize("reason", list(Reason))
def test_every_brief_follows_the_schema(reason: Reason):
    ticket = create_ticket(a_story(reason=reason, facts=(a_fact(an_order()),), request=a_request(notes=("一",))))

    jsonschema.validate(dict(ticket.brief), brief_schema())


def test_the_schema_refuses_a_brief_without_a_reason():
    brief = dict(create_ticket(a_story()).brief)
    del brief["reason"]

    with pytest.raises(jsonschema.ValidationError, match="reason"):
        jsonschema.validate(brief, brief_schema())


def test_the_documentations_example_is_a_brief_like_any_other():
    brief = example_view().brief

    jsonschema.validate(brief.model_dump(mode="json"), brief_schema())
    assert brief.snapshots
    assert brief.promised
    assert brief.transcript


def test_the_conversation_is_joined_when_the_brief_is_read():
    lines = [TranscriptLine(MORNING, "buyer", "在吗"), TranscriptLine(MORNING, "agent", "在的", agent="xiaowang")]

    brief = attach_transcript(write_brief(a_story()), lines)

    assert [(line.author, line.text) for line in brief.transcript] == [("buyer", "在吗"), ("agent", "在的")]


def test_a_photo_sent_before_the_handoff_is_flagged_once():
    photo = TranscriptLine(MORNING, "buyer", "https://img.example.com/1.jpg", type="image")

    brief = attach_transcript(write_brief(a_story()), [photo, photo])

    assert [flag.code for flag in attach_transcript(brief, [photo]).flags].count(Flag.PHOTO) == 1


def test_a_brief_of_a_later_version_of_us_can_still_be_read():
    brief = dict(create_ticket(a_story()).brief) | {"mood": "unknown to us"}

    assert Brief.model_validate(brief).reason is Reason.AUTHORITY_EXCEEDED
