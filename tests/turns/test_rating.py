"""What a buyer says to the question how they were served: thanked, kept, and never heard where nobody asked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from app.assembly.components import Components
from app.domain.conversation import RatingInvitation
from app.domain.message import ConversationKey, Message, MessageType, Sender
from app.domain.ticket import TicketRating
from app.main import build_components
from app.settings import Settings
from handoff.ports import AgentLine
from handoff.ratings import Invitation

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
NUMBERS = count()
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="parts")
async def open_parts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Components]:
    state = tmp_path_factory.mktemp("state")
    built = await build_components(Settings(shops_dir=ROOT / "faq", state_dir=state), only=frozenset({"demo"}))
    yield built
    await built.close()


class Served:
    """A buyer whom a person served and whom the bot asked how it was."""

    def __init__(self, parts: Components) -> None:
        self.parts = parts
        self.key = ConversationKey("demo", "webhook", f"c-{next(NUMBERS)}")
        self.ticket = ""

    async def say(self, text: str, type_: MessageType = MessageType.TEXT) -> str:
        now = datetime.now(UTC)
        sender = Sender(f"b-{self.key.conversation}")
        message = Message(f"m-{next(NUMBERS)}", self.key, sender, text, now, now, type=type_)
        body = await self.parts.responder.respond(message)
        self.ticket = (body.get("handoff") or {}).get("id") or self.ticket
        return "".join(reply["text"] for reply in body["replies"])

    async def be_served_and_asked(self) -> None:
        store, now = self.parts.store, datetime.now(UTC)
        await self.say("给我转人工客服")
        await store.claim(self.ticket, "lan", now)
        await store.add_reply(self.ticket, "lan", AgentLine(f"l-{self.ticket}", "lan", "来了"), now)
        await store.resolve(self.ticket, "lan", "", now)
        asked = Invitation(f"i-{self.ticket}", "您满意吗", now + timedelta(hours=24), now)
        assert await store.ratings.invite(self.ticket, asked, now)

    async def rating(self) -> TicketRating | None:
        found = await self.parts.store.get_ticket(self.ticket)
        return found.rating if found else None

    async def invitation(self) -> RatingInvitation | None:
        found = await self.parts.store.load_conversation(self.key)
        return found.invitation if found else None


@pytest_asyncio.fixture(loop_scope="module", name="served")
async def be_served(parts: Components) -> Served:
    someone = Served(parts)
    await someone.be_served_and_asked()
    return someone


async def test_a_number_is_kept_and_thanked_once(served: Served) -> None:
    said = await served.say("5")
    rating = await served.rating()

    assert "评价" in said
    assert rating is not None
    assert (rating.score, rating.via) == (5, "buyer")
    assert await served.invitation() is None
    assert "评价" not in await served.say("5")
    assert (await served.rating()) == rating


async def test_a_low_one_is_kept_with_its_words_and_opens_no_ticket(served: Served) -> None:
    before = served.ticket
    said = await served.say("不满意，回复太慢")
    rating = await served.rating()

    assert "抱歉" in said
    assert rating is not None
    assert (rating.score, rating.words) == (2, "回复太慢")
    assert served.ticket == before


async def test_who_wants_goods_taken_back_is_seen_to(served: Served) -> None:
    said = await served.say("不满意，我要退货")
    rating = await served.rating()

    assert "评价" not in said
    assert said
    assert rating is not None
    assert rating.score == 2


async def test_what_is_asked_beside_a_rating_is_answered(served: Served) -> None:
    said = await served.say("5分，胡桃木茶盘小号有货吗")
    rating = await served.rating()

    assert "茶盘" in said
    assert rating is not None
    assert rating.score == 5


async def test_thanks_leave_the_question_open_and_another_matter_closes_it(served: Served) -> None:
    await served.say("谢谢")
    assert await served.invitation() is not None

    await served.say("胡桃木茶盘小号有货吗")

    assert await served.invitation() is None
    await served.say("4")
    assert await served.rating() == replace(await served.rating() or TicketRating(), score=None)


async def test_where_nobody_asked_a_number_rates_nothing(parts: Components) -> None:
    someone = Served(parts)
    await someone.say("给我转人工客服")
    await someone.parts.store.return_to_bot(someone.ticket, None, datetime.now(UTC), by="lan")

    assert "评价" not in await someone.say("5")
    assert await someone.rating() is None


async def test_words_beside_a_picture_rate_nothing(served: Served) -> None:
    assert "评价" not in await served.say("5", MessageType.IMAGE)
    assert (await served.rating() or TicketRating()).score is None
