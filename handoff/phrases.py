"""Every word that people read about a handoff, from words.yml."""

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
    """How a day and an hour are spoken of; `periods` begin at their hour of 24."""

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
    """Replies for a case; an empty condition holds always.

    `needs` and `unless` name words that must be known, or must not: what was collected goes by its Chinese name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reasons: tuple[Reason, ...] = ()
    intents: tuple[str, ...] = ()
    standings: tuple[OrderStatus, ...] = ()
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    replies: tuple[str, ...]


class HandoffPhrases(BaseModel):
    """The whole of words.yml; a mistyped key is an error."""

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
    times: TimePhrases


@cache
def handoff_phrases() -> HandoffPhrases:
    """The packaged words, read once."""
    text = (files("handoff") / "words.yml").read_text(encoding="utf-8")
    return HandoffPhrases.model_validate(yaml.safe_load(text))
