"""The destination decides the sender; the shop decides what its callback takes."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app import channels
from app.channels import SenderContext, load_channel_senders
from app.delivery.ports import FailureKind, OutboxItem, OutboxState, SendError
from app.delivery.router import DeliveryRouter, DestinationBook, redact_destination
from app.domain.message import ConversationKey
from app.http_client import outbound_client
from app.shop.schema import Callback
from tests.storage.builders import NOW

URL = "https://shop.example/callback"


@dataclass
class FakeSender:
    """A channel that can be written to."""

    scheme: str = "chat"
    channel: str = "chat"
    got: list[str] = field(default_factory=list)

    def address_of(self, key: ConversationKey) -> str | None:
        return f"chat:{key.conversation}" if key.shop == "demo" else None

    async def send_item(self, item: OutboxItem) -> int | None:
        self.got.append(item.destination)
        return None


def an_item(destination: str) -> OutboxItem:
    return OutboxItem("demo", "o-1", "reply", destination, {}, OutboxState.PENDING, 1, NOW, NOW)


def a_book(callback: Callback | None, *senders: FakeSender) -> DestinationBook:
    return DestinationBook(lambda _shop: callback, {sender.channel: sender for sender in senders})


@pytest.mark.parametrize(
    ("destination", "taken_by"),
    [(URL, "callback"), ("HTTP://shop.example/x", "callback"), ("chat:c-1", "chat"), ("CHAT:c-1", "chat")],
)
async def test_a_row_goes_to_the_sender_of_its_destinations_scheme(destination: str, taken_by: str) -> None:
    senders = {"callback": FakeSender("callback"), "chat": FakeSender()}

    await DeliveryRouter(senders["callback"], [senders["chat"]]).send_item(an_item(destination))

    assert [name for name, sender in senders.items() if sender.got] == [taken_by]


async def test_a_scheme_nobody_serves_here_is_tried_again() -> None:
    with pytest.raises(SendError, match="no sender") as error:
        await DeliveryRouter(FakeSender()).send_item(an_item("weixin-kf:x"))

    assert (error.value.kind, error.value.permanent) == (FailureKind.NO_SENDER, False)


def test_a_channel_that_can_be_written_to_gets_its_own_lines_and_the_callback_the_rest() -> None:
    book = a_book(Callback(url=URL), FakeSender())

    assert book.buyer_destination(ConversationKey("demo", "chat", "c-1")) == "chat:c-1"
    assert book.buyer_destination(ConversationKey("other", "chat", "c-1")) == URL
    assert book.buyer_destination(ConversationKey("demo", "webhook", "c-1")) == URL
    assert a_book(None, FakeSender()).buyer_destination(ConversationKey("demo", "webhook", "c-1")) is None


@pytest.mark.parametrize(
    ("events", "taken"),
    [
        ((), {"reply", "handoff.opened", "handoff.claimed", "promise.made"}),
        (("handoff",), {"handoff.opened", "handoff.claimed"}),
        (("handoff.opened", "promise.made"), {"handoff.opened", "promise.made"}),
        (("reply",), {"reply"}),
    ],
)
def test_a_callback_gets_the_events_it_chose(events: tuple[str, ...], taken: set[str]) -> None:
    book = a_book(Callback.model_validate({"url": URL, "events": events}))

    kinds = ("reply", "handoff.opened", "handoff.claimed", "promise.made")
    assert {kind for kind in kinds if book.event_destinations("demo", kind)} == taken
    reply = book.buyer_destination(ConversationKey("demo", "webhook", "c-1"))
    assert (reply is not None) == ("reply" in taken)


@pytest.fixture
def new_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A channel folder dropped in beside the others."""
    folder = tmp_path / "chat"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "send.py").write_text(
        "from tests.delivery.test_router import FakeSender\n\ndef make_sender(context):\n"
        "    assert context.client\n    return FakeSender()\n"
    )
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    yield
    for name in [name for name in sys.modules if name.startswith("app.channels.chat")]:
        del sys.modules[name]


@pytest.mark.usefixtures("new_channel")
async def test_a_channels_sender_is_found_in_its_folder_and_named_nowhere_else() -> None:
    async with outbound_client() as client:
        senders = load_channel_senders(SenderContext(client, lambda _shop: None, lambda: NOW))

    assert [sender.scheme for sender in senders] == ["chat"]


@pytest.mark.parametrize(
    ("destination", "shown"),
    [
        ("https://u:p@shop.example:8443/cb?token=secret#x", "https://shop.example:8443/cb"),
        ("chat:open-id-of-a-buyer", "chat"),
        ("http://[broken", "?"),
    ],
)
def test_what_people_see_of_a_destination_holds_no_secret(destination: str, shown: str) -> None:
    assert redact_destination(destination) == shown
