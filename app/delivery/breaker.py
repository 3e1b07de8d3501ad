"""One destination as a worker sees it: rate, concurrency, and a circuit breaker over its conversations.

What fails is a row, and with it its conversation. A destination rests only when most of the conversations that it was
sent lately fail: a few that it cannot digest, however often they are tried, say nothing about the others.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Conversation = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class SendRate:
    """What one destination gets: `rate` sends a second, `burst` at once, `at_once` in flight.

    `retried_at_once`: at most so many of these have failed before, so that slow failures leave room for the others.
    """

    rate: float = 50.0
    burst: float = 100.0
    at_once: int = 8
    retried_at_once: int = 4


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a destination rests, and for how long.

    Attributes:
        remembered: how many conversations, the latest outcome of each.
        memory: an older outcome says nothing any more.
        least: so many conversations must have been tried before any share is believed.
        least_unauthorized: the same where every failure is a refused signature, which concerns all rows alike.
        share: the destination rests when at least this share of them failed.
        first_rest, longest_rest: the ceiling doubles with each probe that fails. Not longer: buyers wait meanwhile, and
            a probe is one row.
    """

    remembered: int = 20
    memory: timedelta = timedelta(minutes=1)
    least: int = 10
    least_unauthorized: int = 3
    share: float = 0.8
    first_rest: timedelta = timedelta(milliseconds=500)
    longest_rest: timedelta = timedelta(seconds=8)

    def rest(self, openings: int, draw: float) -> timedelta:
        """The rest after the `openings`-th failure in a row; `draw` in [0, 1) takes up to half of it off."""
        ceiling = min(self.longest_rest, self.first_rest * (1 << min(openings - 1, 10)))
        return ceiling * (1 - draw / 2)


@dataclass(frozen=True, slots=True)
class ConversationOutcome:
    """What the latest attempt of a conversation came to."""

    at: datetime
    failed: bool
    unauthorized: bool = False


@dataclass(slots=True)
class CircuitBreaker:
    """Closed: everything goes. Open: nothing does. Half open, after the rest: one row, the probe, decides.

    `opening` numbers the times it opened: an attempt that began before the last one cannot decide about it.
    """

    policy: BreakerPolicy = field(default_factory=BreakerPolicy)
    outcomes: OrderedDict[Conversation, ConversationOutcome] = field(default_factory=OrderedDict)
    resting_until: datetime | None = None
    opening: int = 0
    failed_probes: int = 0
    probe_in_flight: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether rows may go as fast as the rate allows."""
        return self.resting_until is None

    def is_half_open(self, now: datetime) -> bool:
        """Whether the rest is over and a probe has to decide."""
        return self.resting_until is not None and now >= self.resting_until

    def note_success(self, conversation: Conversation, now: datetime) -> bool:
        """The destination answers; returns whether that ends a rest."""
        recovered = self.resting_until is not None
        if recovered:
            self.outcomes.clear()
        self.resting_until, self.failed_probes, self.probe_in_flight = None, 0, False
        self._remember(conversation, ConversationOutcome(now, failed=False))
        return recovered

    def note_failure(
        self, conversation: Conversation, now: datetime, draw: float, *, unauthorized: bool, opening: int
    ) -> timedelta | None:
        """An attempt failed that began at `opening`; returns how long the destination rests when it begins to now."""
        self._remember(conversation, ConversationOutcome(now, failed=True, unauthorized=unauthorized))
        if self.is_closed:
            return self._open(now, draw) if self._most_fail(now) else None
        if opening == self.opening and self.is_half_open(now):
            return self._open(now, draw)
        return None

    def end_rest(self) -> None:
        """Probe at once: after the clock was set back, nothing may wait for the time that it showed before."""
        if self.resting_until is not None:
            self.resting_until = datetime.min.replace(tzinfo=self.resting_until.tzinfo)

    def _open(self, now: datetime, draw: float) -> timedelta:
        self.opening += 1
        self.failed_probes += 1
        self.probe_in_flight = False
        rest = self.policy.rest(self.failed_probes, draw)
        self.resting_until = now + rest
        return rest

    def _most_fail(self, now: datetime) -> bool:
        recent = [each for each in self.outcomes.values() if abs(now - each.at) <= self.policy.memory]
        failed = [each for each in recent if each.failed]
        unauthorized = all(each.unauthorized for each in failed)
        least = self.policy.least_unauthorized if unauthorized else self.policy.least
        return len(recent) >= least and len(failed) >= self.policy.share * len(recent)

    def _remember(self, conversation: Conversation, outcome: ConversationOutcome) -> None:
        self.outcomes[conversation] = outcome
        self.outcomes.move_to_end(conversation)
        while len(self.outcomes) > self.policy.remembered:
            self.outcomes.popitem(last=False)


@dataclass(frozen=True, slots=True)
class SendRoom:
    """How many rows a destination may be sent now; `retried` and `reserved` as in ClaimRoom."""

    total: int = 0
    retried: int = 0
    reserved: int = 0


NO_ROOM = SendRoom()


@dataclass(frozen=True, slots=True)
class SendSlot:
    """One row's place in flight: the breaker's `opening` when it left, and whether it is the probe."""

    opening: int
    fresh: bool
    probe: bool


@dataclass(slots=True)
class DestinationState:
    """One receiver as this worker sees it: its tokens, what is in flight, and its breaker."""

    tokens: float
    refilled: datetime
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    in_flight: int = 0
    retried_in_flight: int = 0

    def room(self, pace: SendRate, now: datetime) -> SendRoom:
        """How many rows may be sent now."""
        self._refill(pace, now)
        if self.breaker.is_half_open(now):
            return NO_ROOM if self.breaker.probe_in_flight else SendRoom(1, 1)
        if not self.breaker.is_closed:
            return NO_ROOM
        total = max(0, min(pace.at_once - self.in_flight, int(self.tokens)))
        retried = max(0, min(total, pace.retried_at_once - self.retried_in_flight))
        # One slot at least goes to what failed before, or a steady flow of fresh rows would keep it waiting for ever.
        reserved = min(retried, max(total // 2, 0 if self.retried_in_flight else 1))
        return SendRoom(total, retried, reserved)

    def seconds_to_room(self, pace: SendRate, now: datetime) -> float | None:
        """How long until there is room; None while only something in flight can make it."""
        if self.breaker.probe_in_flight or (self.breaker.is_closed and self.in_flight >= pace.at_once):
            return None
        rest = (self.breaker.resting_until - now).total_seconds() if self.breaker.resting_until else 0.0
        return max(rest, (1 - self.tokens) / pace.rate, 0.0)

    def begin_send(self, now: datetime, *, fresh: bool) -> SendSlot:
        """A row leaves."""
        probe = self.breaker.is_half_open(now)
        self.tokens -= 1
        self.in_flight += 1
        self.retried_in_flight += not fresh
        self.breaker.probe_in_flight = self.breaker.probe_in_flight or probe
        return SendSlot(self.breaker.opening, fresh, probe)

    def end_send(self, slot: SendSlot) -> None:
        """The row's attempt is over, or was never made."""
        self.in_flight -= 1
        self.retried_in_flight -= not slot.fresh
        if slot.probe and slot.opening == self.breaker.opening:
            self.breaker.probe_in_flight = False

    def _refill(self, pace: SendRate, now: datetime) -> None:
        passed = max(0.0, (now - self.refilled).total_seconds())
        self.tokens = min(pace.burst, self.tokens + passed * pace.rate)
        self.refilled = now
