"""Shares what a worker can send at once among lanes: each in turn, so that no shop's backlog is in another's way."""

from collections import Counter
from collections.abc import Mapping, Sequence

from app.delivery.breaker import SendRoom
from app.delivery.ports import ClaimRoom, Lane


def share_room(lanes: Sequence[Lane], rooms: Mapping[str, SendRoom], free: int) -> tuple[ClaimRoom, ...]:
    """One row a lane in turn until `free` or every destination's room is used up; lanes that get none are left out."""
    left = {destination: room.total for destination, room in rooms.items()}
    given: Counter[Lane] = Counter()
    waiting = list(lanes)
    while free > 0 and waiting:
        waiting = [lane for lane in waiting if left.get(lane.destination, 0) > 0]
        for lane in waiting:
            if free > 0 and left[lane.destination] > 0:
                given[lane] += 1
                left[lane.destination] -= 1
                free -= 1
    return tuple(_limit_retried(given, rooms))


def _limit_retried(given: Counter[Lane], rooms: Mapping[str, SendRoom]) -> list[ClaimRoom]:
    """A destination's limit for rows that failed before holds over all of its lanes together."""
    retried = {destination: room.retried for destination, room in rooms.items()}
    reserved = {destination: room.reserved for destination, room in rooms.items()}
    shared = []
    for lane, total in given.items():
        mine = min(total, retried[lane.destination])
        first = min(mine, reserved[lane.destination])
        retried[lane.destination] -= mine
        reserved[lane.destination] -= first
        shared.append(ClaimRoom(lane, total, mine, first))
    return shared
