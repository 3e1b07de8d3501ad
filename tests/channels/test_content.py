"""Messages of more than text: what is accepted, what it means, and what is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.channels.webhook.parse import parse_message
from app.domain.content import Attachment, CardKind, CardPart, Content, ImagePart, TextPart, plain_text
from app.domain.message import Message, MessageType
from app.errors import MalformedError
from handoff.brief import BriefLine

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PHOTO = "https://img.example/broken.jpg"


def parse(**fields: Any) -> Message:
    body = {"id": "m", "conversation": "c", "sender": {"id": "b"}, **fields}
    return parse_message("demo", json.dumps(body).encode(), NOW)


def test_a_message_of_text_alone_is_what_it_always_was() -> None:
    message = parse(text="有货吗")

    assert (message.text, message.type, message.content) == ("有货吗", MessageType.TEXT, Content())


def test_an_image_is_named_by_its_url() -> None:
    message = parse(type="image", image={"url": PHOTO})

    assert (message.type, message.text, message.content.parts) == (MessageType.IMAGE, "", (ImagePart(PHOTO),))


def test_a_photo_of_a_platform_that_names_no_url_is_still_a_photo() -> None:
    assert parse(type="image").type is MessageType.IMAGE


def test_parts_tell_the_kind_of_message_and_its_words() -> None:
    parts = [{"type": "text", "text": "这里裂了"}, {"type": "image", "url": PHOTO}, {"type": "text", "text": "能换吗"}]

    message = parse(parts=parts)

    assert (message.text, message.type) == ("这里裂了\n能换吗", MessageType.IMAGE)
    assert message.content.parts == (TextPart("这里裂了"), ImagePart(PHOTO), TextPart("能换吗"))


def test_text_beside_parts_without_words_comes_first() -> None:
    assert parse(text="看图", parts=[{"type": "image", "url": PHOTO}]).content.parts == (
        TextPart("看图"),
        ImagePart(PHOTO),
    )


@pytest.mark.parametrize(
    ("kind", "expected", "product", "order"),
    [
        ("product", MessageType.PRODUCT_CARD, "P001", None),
        ("order", MessageType.ORDER_CARD, None, "P001"),
        ("link", MessageType.TEXT, None, None),
    ],
)
def test_a_card_names_what_the_buyer_has_in_front_of_them(
    kind: str, expected: MessageType, product: str | None, order: str | None
) -> None:
    message = parse(parts=[{"type": "card", "kind": kind, "id": "P001", "title": "茶盘"}])

    assert message.type is expected
    assert (message.context.product_id, message.context.order_id) == (product, order)
    assert message.content.parts == (CardPart("茶盘", CardKind(kind), "P001"),)


def test_what_the_body_names_itself_comes_before_its_cards() -> None:
    card = {"type": "card", "kind": "product", "id": "P001"}

    assert parse(parts=[card], context={"product_id": "P002"}).context.product_id == "P002"


def test_files_are_kept_beside_the_words() -> None:
    message = parse(text="发票", attachments=[{"url": "https://files.example/a.pdf", "name": "a.pdf", "size": 9}])

    assert message.content.attachments == (Attachment("https://files.example/a.pdf", "a.pdf", "", 9),)
    assert plain_text(message.content) == "发票\na.pdf https://files.example/a.pdf"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"image": {"url": "javascript:alert(1)"}}, "image.url"),
        ({"image": {"url": "http://"}}, "image.url"),
        ({"image": {"url": "https://user:pw@img.example/1.jpg"}}, "image.url"),
        ({"image": {"url": "https://img.example/1.jpg\r\nx"}}, "image.url"),
        ({"image": {"url": "https://img.example/" + "a" * 2100}}, "image.url"),
        ({"image": {"url": "file:///etc/passwd"}}, "image.url"),
        ({"image": {"url": 7}}, "image.url"),
        ({"image": "https://img.example/1.jpg"}, "image"),
        ({"image": {}}, "image.url"),
        ({"parts": [{"type": "video", "url": PHOTO}]}, "parts.0"),
        ({"parts": [{"url": PHOTO}]}, "parts.0"),
        ({"parts": [{"type": "image"}]}, "parts.0.image.url"),
        ({"parts": [{"type": "card", "kind": "coupon"}]}, "parts.0.card.kind"),
        ({"parts": [{"type": "image", "url": PHOTO}] * 21}, "parts"),
        ({"parts": {"type": "image"}}, "parts"),
        ({"attachments": [{"url": "ftp://files.example/a"}]}, "attachments.0.url"),
        ({"attachments": [{"url": PHOTO, "size": -1}]}, "attachments.0.size"),
        ({"attachments": [{"url": PHOTO}] * 11}, "attachments"),
    ],
)
def test_a_part_that_cannot_be_shown_is_refused_with_its_field(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(MalformedError, match=named.replace(".", r"\.")):
        parse(**fields)


def test_a_line_of_the_brief_shows_parts_only_where_there_are_any() -> None:
    bare = BriefLine(at=NOW, author="buyer", text="在吗").model_dump(mode="json")
    rich = BriefLine(at=NOW, author="buyer", text="", parts=(ImagePart(PHOTO),)).model_dump(mode="json")

    assert set(bare) == {"at", "author", "text", "type", "agent", "message_id", "id"}
    assert rich["parts"] == [{"type": "image", "url": PHOTO, "alt": ""}]
    assert BriefLine.model_validate(rich).parts == (ImagePart(PHOTO),)
