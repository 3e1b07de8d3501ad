"""Typed parts and attachments on their way through the database."""

from app.domain.content import Attachment, CardKind, CardPart, Content, ImagePart, TextPart
from app.domain.conversation import Conversation
from app.domain.message import MessageType
from app.domain.reply import OutgoingReply
from app.storage.store import Store
from handoff.ports import AgentLine
from tests.storage.builders import KEY, NOW, a_message, a_turn

CONTENT = Content(
    (
        TextPart("这个裂了\x00"),
        ImagePart("https://img.example/1.jpg", "裂纹"),
        CardPart("茶盘", CardKind.PRODUCT, "P001", "https://shop.example/p/1", "https://img.example/p.jpg", "¥88"),
    ),
    (Attachment("https://files.example/a.pdf", "发票.pdf", "application/pdf", 1024),),
)
SAFE = Content((TextPart("这个裂了\ufffd"), *CONTENT.parts[1:]), CONTENT.attachments)


async def test_a_message_keeps_its_parts_until_its_turn_and_in_the_transcript(store: Store) -> None:
    sent = a_message("m-1", type=MessageType.IMAGE, content=SAFE)
    await store.accept_message(sent)

    (waiting,) = await store.load_pending_messages(KEY)
    (line,) = await store.load_conversation_lines(KEY, 10)

    assert waiting.content == SAFE
    assert (line.type, line.content) == ("image", SAFE)


async def test_replies_of_the_bot_and_of_people_keep_theirs(store: Store) -> None:
    message = a_message("m-1")
    reply = OutgoingReply("r-1", "您看这款", SAFE)
    await store.commit(a_turn(message, Conversation(KEY), replies=(reply,)))
    await store.record_platform_line(KEY, AgentLine("p-1", "xiaowang", "看图", SAFE), NOW)

    lines = await store.load_conversation_lines(KEY, 10)

    told = {line.author: line.content for line in lines}
    assert told == {"buyer": Content(), "bot": SAFE, "agent": SAFE}


async def test_a_line_that_is_text_alone_stores_nothing_beside_it(store: Store) -> None:
    await store.commit(a_turn(a_message("m-1"), Conversation(KEY)))

    stored = await store._read_in_thread(
        lambda c: (
            c.exec_driver_sql("SELECT content FROM messages UNION ALL SELECT content FROM replies").scalars().all()
        )
    )

    assert stored == [None, None]


async def test_what_no_database_can_hold_is_replaced_and_not_refused(store: Store) -> None:
    await store.accept_message(a_message("m-1", content=CONTENT))

    (line,) = await store.load_conversation_lines(KEY, 10)

    first = line.content.parts[0]
    assert isinstance(first, TextPart)
    assert first.text in {"这个裂了\x00", "这个裂了\ufffd"}
