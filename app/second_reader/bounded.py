"""Keeps a second reader within bounds: time, calls a day and at once, a rest after failures; nothing asked twice."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic

import structlog

from app.domain.second_reading import Read, ReadingOutcome, SecondReading, Unsure
from app.facts.breaker import CircuitBreaker
from app.second_reader.port import SecondReader, SecondReaderError
from app.second_reader.question import build_question

log = structlog.get_logger(__name__)

LONGEST_SECONDS = 2.0
REMEMBERED = 4096
"""Answers kept, some 600 bytes each."""
ASKED = "asked"
"""Counted beside the outcomes: a call that was made."""
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ReaderCaps:
    """What a reader may cost: calls a day (UTC) and calls at once, each counted in this process; seconds a call."""

    daily: int = 2000
    at_once: int = 4
    seconds: float = LONGEST_SECONDS


@dataclass(slots=True)
class BoundedReader:
    """Asks the reader where its bounds allow; never raises, and never takes longer than `caps.seconds`.

    An answer is remembered by the shop's version and the whole question as it was sent, masked: the same words in
    another conversation, where other things are likely, are another question.
    """

    reader: SecondReader
    caps: ReaderCaps
    clock: Callable[[], datetime]
    count: Callable[[str], None]
    breaker: CircuitBreaker = field(default_factory=lambda: CircuitBreaker(monotonic))
    _known: OrderedDict[_Key, Read] = field(default_factory=OrderedDict, init=False)
    _day: date | None = field(default=None, init=False)
    _today: int = field(default=0, init=False)
    _under_way: int = field(default=0, init=False)

    async def ask_reader(self, unsure: Unsure, seconds: float | None = None) -> SecondReading:
        """What came of asking about a message, within so many seconds."""
        key = (unsure.shop, unsure.version, build_question(unsure))
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return SecondReading(unsure, ReadingOutcome.ANSWERED, known)
        if not self._may_ask():
            self.count(ReadingOutcome.WITHHELD)
            return SecondReading(unsure, ReadingOutcome.WITHHELD)
        self.count(ASKED)
        reading = await self._call_reader(unsure, self.caps.seconds if seconds is None else seconds)
        self.count(reading.outcome)
        if reading.read is not None:
            self._remember(key, reading.read)
        return reading

    def _may_ask(self) -> bool:
        """The breaker comes last: what it lets through has to be tried."""
        today = self.clock().date()
        if today != self._day:
            self._day, self._today = today, 0
        within = self._today < self.caps.daily and self._under_way < self.caps.at_once
        return within and self.breaker.allows_call()

    async def _call_reader(self, unsure: Unsure, seconds: float) -> SecondReading:
        self._today += 1
        self._under_way += 1
        try:
            async with asyncio.timeout(seconds):
                read = await self.reader.read(unsure)
        except TimeoutError:
            return self._note_failure(unsure, ReadingOutcome.LATE, "late")
        except SecondReaderError as error:
            return self._note_failure(unsure, ReadingOutcome.FAILED, str(error))
        finally:
            self._under_way -= 1
        self.breaker.record_success()
        return SecondReading(unsure, ReadingOutcome.ANSWERED if read else ReadingOutcome.DROPPED, read)

    def _note_failure(self, unsure: Unsure, outcome: ReadingOutcome, why: str) -> SecondReading:
        self.breaker.record_failure()
        log.warning("second_reader_failed", shop=unsure.shop, why=why)
        return SecondReading(unsure, outcome)

    def _remember(self, key: _Key, read: Read) -> None:
        self._known[key] = read
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
