"""How much one shop and one sender may send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import RateLimitedError
from app.web.limits import MessageLimits, Rate, TokenBuckets


class Ticking:
    """A monotonic clock in seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def limits(clock: Ticking, *, shop: Rate = Rate(100, 100), sender: Rate = Rate(1, 3)) -> MessageLimits:  # noqa: B008 - frozen values
    return MessageLimits(shop, sender, clock)


def test_a_sender_may_send_a_burst_and_then_waits():
    asked = limits(Ticking())
    for _ in range(3):
        asked.admit_message("demo", "buyer-01")

    with pytest.raises(RateLimitedError) as told:
        asked.admit_message("demo", "buyer-01")

    assert told.value.retry_after == pytest.approx(1.0)


def test_after_the_time_told_the_next_message_passes():
    clock = Ticking()
    asked = limits(clock)
    for _ in range(3):
        asked.admit_message("demo", "buyer-01")
    with pytest.raises(RateLimitedError) as told:
        asked.admit_message("demo", "buyer-01")

    clock.now += told.value.retry_after

    asked.admit_message("demo", "buyer-01")


def test_one_senders_flood_leaves_the_others_alone():
    asked = limits(Ticking())
    for _ in range(50):
        with_patience(asked, "demo", "loud")

    asked.admit_message("demo", "quiet")
    asked.admit_message("other", "loud")


def test_one_shops_flood_leaves_the_other_shops_alone():
    asked = limits(Ticking(), shop=Rate(1, 5))
    passed = [with_patience(asked, "demo", f"buyer-{number}") for number in range(20)]

    assert sum(passed) == 5
    assert with_patience(asked, "other", "buyer-1")


def with_patience(asked: MessageLimits, shop: str, sender: str) -> bool:
    try:
        asked.admit_message(shop, sender)
    except RateLimitedError:
        return False
    return True


def test_a_rate_of_zero_is_no_limit():
    asked = limits(Ticking(), shop=Rate(0, 0), sender=Rate(0, 0))

    assert all(with_patience(asked, "demo", "b") for _ in range(1000))


def test_memory_is_bounded_however_many_senders_there_are():
    buckets = TokenBuckets(Rate(1, 1), Ticking(), most=100)

    for number in range(10_000):
        buckets.take_token(str(number))

    assert len(buckets._levels) == 100


@given(st.lists(st.floats(-5, 5), max_size=60), st.floats(0.1, 20), st.integers(1, 20))
def test_never_more_pass_than_the_burst_and_the_rate_allow(steps: list[float], per_second: float, burst: int):
    clock, began = Ticking(), 100.0
    buckets = TokenBuckets(Rate(per_second, burst), clock, most=10)
    passed, passing_time = 0, 0.0

    for step in steps:
        clock.now += step
        passing_time += max(0.0, step)
        passed += buckets.take_token("a") == 0

    assert began == 100.0
    assert passed <= burst + per_second * passing_time + 1e-6
