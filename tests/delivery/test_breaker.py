"""The circuit breaker counts conversations, not attempts; and what a worker may send is shared fairly."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.breaker import BreakerPolicy, CircuitBreaker, DestinationState, SendRate, SendRoom
from app.delivery.ports import Lane
from app.delivery.sharing import share_room
from tests.storage.builders import NOW

SECOND = timedelta(seconds=1)


def a_breaker(failing: int, answering: int = 0) -> CircuitBreaker:
    """One that has seen so many conversations answer, then so many fail."""
    breaker = CircuitBreaker()
    for number in range(answering):
        breaker.note_success(("demo", "w", f"good-{number}"), NOW)
    for number in range(failing):
        fail(breaker, f"bad-{number}")
    return breaker


def fail(breaker: CircuitBreaker, conversation: str, at=NOW, opening: int | None = None, *, unauthorized=False):
    which = breaker.opening if opening is None else opening
    return breaker.note_failure(("demo", "w", conversation), at, 0.0, unauthorized=unauthorized, opening=which)


@pytest.mark.parametrize(
    ("failing", "answering", "closed"),
    [(3, 0, True), (9, 0, True), (10, 0, False), (8, 2, False), (7, 3, True), (10, 10, True), (16, 4, False)],
)
def test_it_opens_when_most_of_enough_conversations_fail(failing: int, answering: int, *, closed: bool) -> None:
    assert a_breaker(failing, answering).is_closed is closed


def test_one_conversation_that_fails_for_ever_says_nothing_about_the_others() -> None:
    breaker = a_breaker(0)
    for _ in range(500):
        fail(breaker, "poison")

    assert breaker.is_closed


def test_failures_long_ago_are_forgotten() -> None:
    breaker = a_breaker(9)

    fail(breaker, "another", NOW + timedelta(minutes=2))

    assert breaker.is_closed


def test_three_conversations_whose_signature_is_not_believed_are_enough() -> None:
    breaker = a_breaker(0)
    for number in range(3):
        fail(breaker, f"c-{number}", unauthorized=True)

    assert not breaker.is_closed


def test_half_open_it_gives_room_for_one_row_and_no_more_until_that_is_answered() -> None:
    state = DestinationState(100.0, NOW, a_breaker(10))
    resting = state.room(SendRate(), NOW)
    later = NOW + 5 * SECOND

    half_open = state.room(SendRate(), later)
    slot = state.begin_send(later, fresh=True)
    probing = state.room(SendRate(), later)
    state.end_send(slot)

    assert (resting.total, half_open.total, probing.total) == (0, 1, 0)
    assert state.room(SendRate(), later).total == 1


def test_a_probe_that_arrives_opens_the_way_for_all_and_one_that_fails_lengthens_the_rest() -> None:
    breaker = a_breaker(10)
    first = breaker.resting_until
    assert first is not None
    rests = []
    for number in range(6):
        assert breaker.resting_until is not None
        rests.append(fail(breaker, f"probe-{number}", breaker.resting_until + SECOND / 100))

    assert rests[-1] == BreakerPolicy().longest_rest
    assert rests == sorted(rests)
    assert breaker.note_success(("demo", "w", "probe"), NOW) is True
    assert breaker.is_closed
    assert breaker.note_success(("demo", "w", "next"), NOW) is False


def test_what_began_before_it_opened_cannot_lengthen_the_rest() -> None:
    breaker = a_breaker(10)
    before = breaker.resting_until

    assert fail(breaker, "straggler", NOW + 5 * SECOND, opening=0) is None
    assert breaker.resting_until == before


LANES = st.lists(
    st.builds(Lane, st.sampled_from(["a", "b", "c"]), st.sampled_from(["s1", "s2", "s3", "s4"])),
    unique=True,
    max_size=9,
)
ROOMS = st.fixed_dictionaries(
    {name: st.builds(SendRoom, st.integers(0, 8), st.integers(0, 4), st.integers(0, 2)) for name in "abc"}
)


@given(LANES, ROOMS, st.integers(0, 40))
def test_shares_never_exceed_any_limit_and_leave_no_place_empty(
    lanes: list[Lane], rooms: dict[str, SendRoom], free: int
) -> None:
    shared = share_room(lanes, rooms, free)

    assert sum(room.total for room in shared) <= free
    for name, room in rooms.items():
        mine = [each for each in shared if each.lane.destination == name]
        assert sum(each.total for each in mine) <= room.total
        assert sum(each.retried for each in mine) <= room.retried
        assert all(each.reserved <= each.retried <= each.total for each in mine)
        sizes = [each.total for each in mine]
        waiting = [lane for lane in lanes if lane.destination == name]
        if free >= sum(each.total for each in rooms.values()) and waiting:
            assert sum(sizes) == room.total
            assert max(sizes, default=0) - min(sizes, default=0) <= 1
