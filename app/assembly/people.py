"""The people's side of one process: who works here, what they do, and their routes."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic

from fastapi import APIRouter

from app.assembly.components import Components
from app.channels import (
    fetched_channels,
)
from app.delivery.feed import Notice
from app.delivery.payloads import OutboxWriter
from app.domain.catalogue import FaqEntry
from app.domain.message import ConversationKey
from app.guard.answers import judge_answer
from app.shop.checks.answer import AnswerProblem
from app.shop.shop import Shop
from app.tenants.rules import ShopRules
from app.turns.people_check import PeopleCheck
from app.web import (
    events,
    handoffs,
)
from app.web.agents import agents_router
from app.web.approvals import approvals_router
from app.web.auth import AgentAuthenticator, list_valid_tokens, parse_fixed_tokens
from app.web.event_changes import DeskChanges
from app.web.event_hub import EventHub
from app.web.figures import figures_router
from app.web.handoff_check import handoff_check_router
from app.web.handoff_facts import handoff_facts_router
from app.web.handoff_next import handoff_next_router
from app.web.handoff_passing import handoff_passing_router
from app.web.handoff_presence import handoff_presence_router
from app.web.handoff_rating import handoff_rating_router
from app.web.handoff_talk import handoff_talk_router
from app.web.held_replies import held_replies_router
from app.web.mentions import mentions_router
from app.web.phrases import phrases_router
from app.web.proposals import proposals_router
from app.web.sessions import sessions_router
from app.web.shifts import shifts_router
from app.web.todos import todos_router
from handoff.approvals import ApprovalDesk
from handoff.figures import FigureBoard
from handoff.fresh_facts import FactRefresher, ShopFactReader
from handoff.held_replies import HeldReplyDesk
from handoff.mentions import MentionDesk, MentionReader
from handoff.passing import TicketPasser
from handoff.proposals import ProposalBox
from handoff.queue import HandoffQueue
from handoff.quick_phrases import PhraseBox
from handoff.rating_desk import RatingDesk
from handoff.ratings import Inviter
from handoff.roster import Roster
from handoff.sessions import SessionKeeper
from handoff.shifts import ShiftBook
from handoff.sweeping import DeskSweeper
from handoff.todos import TodoDesk


@dataclass(frozen=True, slots=True)
class People:
    """The people's side of one process."""

    guard: AgentAuthenticator
    sessions: SessionKeeper
    queue: HandoffQueue
    held: HeldReplyDesk
    roster: Roster
    passer: TicketPasser
    approvals: ApprovalDesk
    phrases: PhraseBox
    proposals: ProposalBox
    hub: EventHub
    sweeper: DeskSweeper
    shifts: ShiftBook
    ratings: RatingDesk
    todos: TodoDesk
    mentions: MentionDesk
    refresher: FactRefresher
    figures: FigureBoard
    tell: Callable[[Notice], Awaitable[None]]


def build_people(parts: Components, new_id: Callable[[], str], clock: Callable[[], datetime]) -> People:
    """Who works here, and what they do."""
    store = parts.store
    sessions = SessionKeeper(store, clock)
    fixed = parse_fixed_tokens(os.environ.get("XIAOER_AGENT_TOKENS", ""), clock())
    roster = Roster(store, partial(list_valid_tokens, store, fixed), store.database_time)
    checker = PeopleCheck(parts.shops, store, clock)
    reaches = partial(_reaches_buyer, parts.outgoing)
    rules = ShopRules(parts.shops)
    inviter = Inviter(store.ratings, rules, new_id, reaches)
    names = MentionReader(roster, rules)
    queue = HandoffQueue(store, clock, reaches, checker, rules.agents_see_floor, names, rules)
    held = HeldReplyDesk(queue, store.held_replies, rules, store.database_time, roster.leads_shop, checker)
    each_round = (inviter.invite_due, store.todos.ring_due, held.release_due)

    def get_shop(shop: str) -> Shop:
        return parts.shops.get_shop(shop).shop

    def read_facts(shop: str) -> ShopFactReader:
        opened = parts.shops.get_shop(shop)
        return ShopFactReader(opened.facts, opened.shop.settings.hours.zone)

    changes = DeskChanges(clock, store.approvals, store.todos, store.mentions)
    hub = EventHub(store.feed, store, clock, roster.find_anybody, changes, rules.agents_see_bot)
    return People(
        guard=AgentAuthenticator(store, fixed, sessions),
        sessions=sessions,
        queue=queue,
        held=held,
        roster=roster,
        passer=TicketPasser(queue, store, roster, rules, clock),
        approvals=ApprovalDesk(store.approvals, store, checker, clock, reaches),
        phrases=PhraseBox(store.phrases, queue, get_shop, _judge_phrase),
        proposals=ProposalBox(store.proposals, get_shop, _judge_phrase, clock),
        hub=hub,
        sweeper=DeskSweeper(store, store.database_time, lambda: hub.agents, each_round),
        shifts=ShiftBook(store, store, clock),
        ratings=RatingDesk(queue, store.ratings, rules, clock),
        refresher=FactRefresher(queue, store, read_facts, clock),
        mentions=MentionDesk(queue, store.mentions, clock),
        todos=TodoDesk(queue, store.todos, rules, roster.find_anybody, clock),
        figures=FigureBoard(store.figures, roster.name_agents, clock),
        tell=store.tell,
    )


def build_desk_routers(people: People, clock: Callable[[], datetime]) -> tuple[APIRouter, ...]:
    """Their routes."""
    guard = people.guard
    return (
        sessions_router(people.sessions, guard, monotonic),
        handoffs.handoffs_router(people.queue, guard),
        handoff_next_router(people.queue, people.roster, guard),
        handoff_talk_router(people.queue, people.held, guard),
        held_replies_router(people.held, guard),
        handoff_check_router(people.queue, guard),
        approvals_router(people.approvals, guard, clock),
        phrases_router(people.phrases, guard),
        proposals_router(people.proposals, guard),
        handoff_passing_router(people.passer, guard),
        handoff_presence_router(people.queue, people.tell, guard),
        agents_router(people.roster, guard),
        shifts_router(people.shifts, people.queue, guard),
        handoff_rating_router(people.ratings, guard),
        todos_router(people.todos, guard, clock),
        mentions_router(people.mentions, guard),
        handoff_facts_router(people.refresher, guard),
        figures_router(people.figures, guard),
        events.events_router(people.hub, guard, people.roster.note_present),
    )


def _reaches_buyer(outgoing: OutboxWriter, key: ConversationKey) -> bool:
    """Whether a person's line comes to the buyer: sent, or fetched."""
    return outgoing.buyer_destination(key) is not None or key.channel in fetched_channels()


def _judge_phrase(entry: FaqEntry, shop: Shop) -> Sequence[AnswerProblem]:
    return judge_answer(entry, shop.settings, shop.products, shop.promotions)
