"""Rate limits per shop and per sender: token buckets in this process, with bounded memory."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import RateLimitedError, error_sentence


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate limit: `per_second` on average, `burst` at once; `per_second` 0 means no limit."""

    per_second: float
    burst: float


class TokenBuckets:
    """One bucket per name; with too many, the least recently used is dropped (and so full again)."""

    def __init__(self, rate: Rate, clock: Callable[[], float], most: int) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take_token(self, name: str) -> float:
        """Takes a token: 0 on success, else the seconds until the next one."""
        if not self._rate.per_second:
            return 0.0
        now = self._clock()
        level = self._current_level(name, now)
        taken = level >= 1
        self._levels[name] = (level - 1 if taken else level, now)
        self._levels.move_to_end(name)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return 0.0 if taken else (1 - level) / self._rate.per_second

    def give_token_back(self, name: str) -> None:
        """Puts back a token that was taken for what turned out not to count."""
        if name in self._levels:
            now = self._clock()
            self._levels[name] = (min(self._rate.burst, self._current_level(name, now) + 1), now)

    def _current_level(self, name: str, now: float) -> float:
        level, since = self._levels.get(name, (self._rate.burst, now))
        # a clock that steps back must not remove tokens
        return min(self._rate.burst, level + max(0.0, now - since) * self._rate.per_second)


class MessageLimits:
    """The limits of incoming messages; call only for shops that exist."""

    def __init__(self, shop: Rate, sender: Rate, clock: Callable[[], float], most: int = 100_000) -> None:
        self._shops = TokenBuckets(shop, clock, most)
        self._senders = TokenBuckets(sender, clock, most)

    def admit_message(self, shop: str, sender: str) -> None:
        """Counts one message; raises RateLimitedError when the sender or the shop sends too many."""
        _refuse_after(self._senders.take_token(f"{shop}\x00{sender}"), error_sentence("buyer_too_fast"))
        _refuse_after(self._shops.take_token(shop), error_sentence("shop_too_fast"))


def _refuse_after(seconds: float, detail: str) -> None:
    if seconds > 0:
        raise RateLimitedError(detail, seconds)
