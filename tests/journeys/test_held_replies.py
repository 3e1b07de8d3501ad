"""A reply that waits while the service is killed: it leaves once the service is back, once."""

import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.journeys.service import AgentSoftware, Buyer, Service, running, start, wait_until_ready
from tests.journeys.test_people import eventually, receiving, with_shop


def test_a_killed_service_sends_what_it_held_once_it_is_back(tmp_path: Path) -> None:
    state, shops = tmp_path / "state", tmp_path / "shops"
    state.mkdir()
    shops.mkdir()
    with receiving() as receiver:
        with_shop(shops, f"http://127.0.0.1:{receiver.port}/callback")
        own = {"XIAOER_SHOPS_DIR": str(shops), "XIAOER_ALLOW_PRIVATE_URLS": "1"}
        with running(state, **own) as service:
            ticket = held_reply(service)
            service.processes[0].send_signal(signal.SIGKILL)
            service.processes[0].wait(timeout=20)
            assert receiver.bodies("reply") == []  # it had not left
            again = start(state, int(service.url().rsplit(":", 1)[1]), **own)
            try:
                wait_until_ready(service.url(), again, state)

                def replies() -> list[dict[str, Any]]:
                    told = (body["data"]["reply"] for body in receiver.bodies("reply"))
                    return [reply for reply in told if reply["id"] == f"{ticket}:r-1"]

                eventually(replies, patience=40)
                time.sleep(6)  # another round of the sweeper
                assert [reply["text"] for reply in replies()] == ["亲，已经帮您登记"]
                assert AgentSoftware(service).get("/v1/replies").json()["items"] == []
            finally:
                again.terminate()
                again.wait(timeout=20)


def held_reply(service: Service) -> str:
    """A ticket, and a reply on it that waits longer than the service lives."""
    ticket: str = Buyer(service).say("转人工")["handoff"]["id"]
    lan = AgentSoftware(service)
    lan.handoff(ticket, "claim")
    send_at = (datetime.now(UTC) + timedelta(seconds=15)).isoformat()
    body = {"id": "r-1", "text": "亲，已经帮您登记", "send_at": send_at}
    (held,) = lan.handoff(ticket, "reply", body)["held"]
    assert held["state"] == "held"
    return ticket
