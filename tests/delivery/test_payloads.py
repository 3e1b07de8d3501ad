"""What a callback is sent of a line: to those who show text only, what they always got."""

from app.delivery.payloads import ReplySent, reply_payload
from app.domain.content import Attachment, Content, ImagePart, TextPart
from tests.storage.builders import KEY, NOW


def test_a_line_of_text_is_sent_as_it_always_was() -> None:
    payload = reply_payload(KEY, "r-1", "亲，在的", NOW)

    assert payload["data"]["reply"] == {"id": "r-1", "type": "text", "text": "亲，在的"}


def test_a_line_of_more_than_text_is_sent_with_its_parts_and_still_has_its_text() -> None:
    content = Content(
        (TextPart("看图"), ImagePart("https://img.example/1.jpg")), (Attachment("https://files.example/a.pdf"),)
    )

    payload = reply_payload(KEY, "r-1", "看图", NOW, agent="xiaowang", content=content)

    line = payload["data"]["reply"]
    assert (line["type"], line["text"]) == ("text", "看图")
    assert [part["type"] for part in line["parts"]] == ["text", "image"]
    assert line["attachments"][0]["url"] == "https://files.example/a.pdf"
    ReplySent.model_validate({"id": "r-1", **payload})
