"""`xiaoer tickets` as typed, beside what the service tells."""

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.commands import tickets
from app.domain.events import TicketClock
from app.web.event_documents import RESYNC_EVENT, TOLD_CHANGES, DueEvent, HandoffEvent, encode_event
from app.web.handoff_example import example_view
from app.web.handoff_views import HandoffItem, build_item
from tests.commands.service import service

REFUSED = '{"detail": "令牌无效"}'.encode()


def item_shown() -> HandoffItem:
    view = example_view()
    return build_item(view.ticket, view.left)


def changed(change: str) -> bytes:
    return encode_event("ticket", HandoffEvent(changes=[change], handoff=item_shown()))


def test_every_change_of_the_stream_has_a_word() -> None:
    assert [change for change in TOLD_CHANGES if change not in tickets.CHANGES] == []


def test_watching_joins_again_after_a_restart_and_ends_with_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "RECONNECT_SECONDS", 0.0)
    told = b"retry: 500\n\n" + RESYNC_EVENT + changed("ticket.updated")
    late = encode_event("due", DueEvent(clock=TicketClock.ANSWER, level=80, handoff=item_shown()))
    answers = (200, told + late), (503, b""), (200, changed("ticket.seen")), (401, REFUSED)
    with service(*answers) as url:
        watched = CliRunner().invoke(app, ["tickets", "watch", "--url", url, "--token", "xat_1"])

    shown = [
        watched.stdout.find(word) for word in (example_view().ticket.id[:8], "补充", "回复快超时", "连接断了", "已看")
    ]
    assert -1 not in shown
    assert shown == sorted(shown)
    assert (watched.exit_code, watched.stdout.count("连接断了")) == (1, 2)
    assert "令牌无效" in watched.stderr


def test_a_service_that_is_not_there_at_first_is_not_waited_for() -> None:
    with service((503, '{"detail": "数据库不在"}'.encode())) as url:
        refused = CliRunner().invoke(app, ["tickets", "watch", "--url", url, "--token", "xat_1"])

    assert (refused.exit_code, "数据库不在" in refused.stderr) == (1, True)
