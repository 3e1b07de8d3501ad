"""What an operator hears of deliveries: enough to act, not so much that it drowns the rest."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs

from app.delivery.monitor import DeliveryMonitor
from app.delivery.ports import AttemptOutcome, DeliveryAttempt, FailureKind, OutboxItem, OutboxState
from app.errors import StorageUnavailableError
from app.observability.metrics import Metrics
from tests.storage.builders import NOW

ITEM = OutboxItem("demo", "o-1", "reply", "https://u:p@shop.example/cb?k=v", {}, OutboxState.PENDING, 3, NOW, NOW)
FAILED = DeliveryAttempt("demo", "o-1", NOW, 3, 12, AttemptOutcome.FAILED, 503, FailureKind.SERVER_ERROR)


@dataclass
class House:
    """A monitor, its clock, and what it announced."""

    seconds: float = 0.0
    announced: list[tuple[str, str, FailureKind]] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)

    def monitor(self) -> DeliveryMonitor:
        return DeliveryMonitor(self.metrics, lambda: self.seconds, self._announce)

    async def _announce(self, shop: str, destination: str, kind: FailureKind) -> None:
        self.announced.append((shop, destination, kind))

    def value(self, name: str) -> float:
        return sum(
            sample.value
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name == name
        )


def test_a_failure_is_logged_with_shop_kind_and_cause_but_without_the_addresss_secrets() -> None:
    with capture_logs() as logs:
        House().monitor().note_attempt(ITEM, FAILED, "HTTP 503: busy")

    (line,) = logs
    assert line["event"] == "callback_failed"
    assert (line["shop"], line["kind"], line["error"], line["status"]) == ("demo", "reply", "server_error", 503)
    assert line["why"] == "HTTP 503: busy"
    assert line["destination"] == "https://shop.example/cb"


def test_a_storm_of_failures_is_a_line_every_half_minute_that_says_how_many() -> None:
    house = House()
    monitor = house.monitor()
    with capture_logs() as logs:
        for _ in range(700):
            monitor.note_attempt(ITEM, FAILED, "HTTP 503")
            house.seconds += 0.1

    assert [line["failures"] for line in logs] == [1, 300, 300]
    assert house.value("xiaoer_delivery_failures_total") == 700


def test_another_shops_failure_is_not_lost_in_the_storm() -> None:
    monitor = House().monitor()
    with capture_logs() as logs:
        for shop in ("demo", "demo", "other"):
            monitor.note_attempt(replace(ITEM, shop=shop), FAILED, "HTTP 503")

    assert [line["shop"] for line in logs] == ["demo", "other"]


def test_every_dead_letter_is_an_error_in_the_log() -> None:
    house = House()
    monitor = house.monitor()
    dead = replace(FAILED, outcome=AttemptOutcome.DEAD, status=422, error=FailureKind.REFUSED)
    with capture_logs() as logs:
        for _ in range(3):
            monitor.note_attempt(ITEM, dead, "HTTP 422: no such conversation")

    assert [(line["event"], line["log_level"]) for line in logs] == [("callback_given_up", "error")] * 3
    assert house.value("xiaoer_dead_letters_total") == 3


def test_what_arrives_is_counted_and_not_logged() -> None:
    house = House()
    with capture_logs() as logs:
        house.monitor().note_attempt(ITEM, replace(FAILED, outcome=AttemptOutcome.SENT, error=None), "")

    assert logs == []
    assert house.value("xiaoer_outbox_sent_total") == 1


async def test_a_destination_that_rests_is_logged_counted_and_announced_once_until_it_recovers() -> None:
    house = House()
    monitor = house.monitor()
    with capture_logs() as logs:
        for _ in range(5):
            monitor.note_rest(ITEM.destination, "demo", FailureKind.TIMEOUT, 4.0)
        monitor.note_recovery(ITEM.destination, "demo")
        monitor.note_rest(ITEM.destination, "demo", FailureKind.TIMEOUT, 0.5)
        await asyncio.sleep(0)

    assert [line["event"] for line in logs] == ["callback_rests", "callback_recovered", "callback_rests"]
    assert house.value("xiaoer_destination_rests_total") == 2
    assert house.announced == [("demo", "https://shop.example/cb", FailureKind.TIMEOUT)] * 2


@pytest.mark.filterwarnings("error")
async def test_a_rest_that_cannot_be_announced_is_in_the_log_all_the_same() -> None:
    async def announce(_shop: str, _destination: str, _kind: FailureKind) -> None:
        raise StorageUnavailableError("away")

    with capture_logs() as logs:
        DeliveryMonitor(Metrics(), lambda: 0.0, announce).note_rest("https://x", "demo", FailureKind.TIMEOUT, 1.0)
        await asyncio.sleep(0.01)

    assert {line["event"] for line in logs} == {"callback_rests", "a destination's rest could not be announced"}
