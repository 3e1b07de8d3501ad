"""Where the responder meets the people's side: tickets, their briefs, and the one sentence the buyer hears."""

from collections.abc import Callable

from app.domain.decision import Reason
from app.domain.handoff import Priority
from app.domain.understanding import Understanding
from app.draft import Step, gravest
from app.performer import Scene
from handoff.desk_note import Story, acknowledgement, add_to_brief, open_ticket
from handoff.store import TicketStore
from handoff.ticket import Ticket
from intents.catalogue import IntentCatalogue


class FrontDesk:
    """Opens tickets, and keeps their briefs growing while nobody has taken them."""

    def __init__(self, tickets: TicketStore, catalogue: IntentCatalogue, new_id: Callable[[], str]) -> None:
        self._tickets = tickets
        self._catalogue = catalogue
        self._new_id = new_id

    def open(self, scene: Scene, steps: tuple[Step, ...]) -> tuple[Ticket, str]:
        """A new ticket for the gravest of these steps, and the sentence that tells the buyer."""
        step = gravest(steps)
        definition = self._catalogue[step.verdict.intent]
        settings = scene.opened.shop.settings
        ticket = open_ticket(
            Story(
                ticket_id=self._new_id(),
                reason=step.handoff.reason if step.handoff else Reason.ASKED_FOR_HUMAN,
                intent=definition.id,
                intent_title=definition.title,
                group=definition.group,
                confidence=step.verdict.confidence,
                conversation=scene.conversation,
                message=scene.message,
                settings=settings,
                now=scene.now,
                request=step.handoff,
                facts=tuple(fact for each in steps for fact in each.outcome.facts),
            )
        )
        urgent = ticket.priority is Priority.URGENT
        said = acknowledgement(settings, ticket.group, scene.now, urgent=urgent, variant=scene.conversation.version)
        return ticket, said

    async def extend(self, scene: Scene, understanding: Understanding) -> tuple[Ticket | None, str]:
        """The open ticket with this message in its brief, and what to tell the buyer, once."""
        ticket = await self._tickets.get(scene.conversation.handoff_id or "")
        if ticket is None:
            return None, ""
        title = self._catalogue.title(understanding.requests[0].intents[0].intent)
        grown = add_to_brief(ticket, scene.message, scene.now, intent_title=title, angry=scene.angry)
        if scene.conversation.queue_acknowledged:
            return grown, ""
        settings = scene.opened.shop.settings
        return grown, acknowledgement(settings, ticket.group, scene.now, first=False)
