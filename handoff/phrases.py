"""Reads words.yml, the texts of handoffs for agents and buyers."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from app.commerce.order_status import OrderStatus
from app.domain.catalogue import OrderState
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState


class TimePhrases(BaseModel):
    """Words for days and times; `periods` begin at their hour, 0 to 23."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    today: str
    tomorrow: str
    after_tomorrow: str
    this_week: str
    next_week: str
    date: str
    lapse_days: str
    lapse_hours: str
    several: str
    weekdays: str
    periods: Mapping[int, str]


class SuggestionCase(BaseModel):
    """Replies for one case; an empty condition always holds.

    `needs` and `unless` list fields that must be known, or unknown; collected fields go by their Chinese names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reasons: tuple[Reason, ...] = ()
    intents: tuple[str, ...] = ()
    standings: tuple[OrderStatus, ...] = ()
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    replies: tuple[str, ...]


class HandoffPhrases(BaseModel):
    """All of words.yml; a mistyped key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reasons: Mapping[Reason, str]
    reasons_by_intent: Mapping[str, Mapping[Reason, str]]
    groups: Mapping[Group, str]
    buyer_groups: Mapping[Group, str]
    priorities: Mapping[Priority, str]
    states: Mapping[TicketState, str]
    slots: Mapping[str, str]
    flags: Mapping[str, str]
    order_states: Mapping[OrderState, str]
    promises: Mapping[str, str]
    summary: Mapping[str, str]
    labels: Mapping[str, str]
    standings: Mapping[OrderStatus, tuple[str, ...]]
    situations: Mapping[OrderStatus, tuple[str, ...]]
    sorry: str
    which: tuple[str, ...]
    cases: tuple[SuggestionCase, ...]
    suggested: Mapping[Reason, tuple[str, str, str]]
    acknowledgement: Mapping[str, tuple[str, ...]]
    acknowledgement_english: Mapping[str, tuple[str, ...]]
    csat: Mapping[str, str]
    times: TimePhrases


@cache
def handoff_phrases() -> HandoffPhrases:
    """The packaged texts, read once."""
    text = (files("handoff") / "words.yml").read_text(encoding="utf-8")
    return HandoffPhrases.model_validate(yaml.safe_load(text))
