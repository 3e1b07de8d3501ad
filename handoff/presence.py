"""Who looks at a ticket or types on it just now: told to colleagues, kept nowhere, forgotten after some seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

FORGOTTEN_AFTER = 10.0


class Doing(StrEnum):
    """What somebody does on a ticket."""

    VIEWING = "viewing"
    TYPING = "typing"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody at a ticket."""

    agent: str
    doing: Doing


class PresenceBoard:
    """What one process has heard; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at: dict[str, dict[str, tuple[Doing, float]]] = {}

    def note(self, ticket_id: str, agent: str, doing: Doing) -> bool:
        """Whether this is news; who says the same again is only remembered for longer."""
        people = self._at.get(ticket_id, {})
        before, _ = people.pop(agent, (Doing.LEFT, 0.0))
        if doing is not Doing.LEFT:
            people[agent] = (doing, self._clock())
            self._at[ticket_id] = people
        elif not people:
            self._at.pop(ticket_id, None)
        return before is not doing

    @property
    def tickets(self) -> tuple[str, ...]:
        """Where anybody is."""
        return tuple(self._at)

    def forget_silent(self, ticket_id: str) -> bool:
        """Whether anybody was forgotten there, having been silent for too long."""
        people, since = self._at.pop(ticket_id, {}), self._clock() - FORGOTTEN_AFTER
        heard = {agent: told for agent, told in people.items() if told[1] > since}
        if heard:
            self._at[ticket_id] = heard
        return len(heard) < len(people)

    def list_present(self, ticket_id: str) -> tuple[Present, ...]:
        """Who is there, by id."""
        return tuple(Present(agent, doing) for agent, (doing, _) in sorted(self._at.get(ticket_id, {}).items()))
