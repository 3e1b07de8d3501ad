"""The question to a language model, and its answer: masked data in, one of our own choices out."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain.second_reading import Choice, Read, Unsure
from app.observability.masking import mask_text

HIGH, LOW = "high", "low"
LONGEST_TEXT = 300
"""Characters of a message that are sent; longer ones ask several things, or tell a story."""


class _Reading(BaseModel):
    """The form of an answer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    intent: str
    faq: str | None
    sure: str


def build_question(unsure: Unsure) -> str:
    """The question as a JSON document: the buyer's words masked, and every id of an entry replaced by a number."""
    document = {
        "message": mask_text(unsure.text[:LONGEST_TEXT]),
        "asked": mask_text(unsure.asked),
        "last": unsure.last,
        "order_state": unsure.order_state,
        "product": mask_text(unsure.product),
        "intents": [{"id": choice.id, "title": choice.title} for choice in unsure.intents],
        "faqs": [{"id": label, "title": choice.title} for label, choice in _label_entries(unsure).items()],
    }
    return json.dumps(document, ensure_ascii=False)


def build_schema(unsure: Unsure) -> dict[str, Any]:
    """The only answers there are, as JSON Schema in the part that structured outputs know (strict)."""
    faqs: list[str | None] = [*_label_entries(unsure), None]
    fields = {
        "intent": {"type": "string", "enum": [choice.id for choice in unsure.intents]},
        "faq": {"type": ["string", "null"], "enum": faqs},
        "sure": {"type": "string", "enum": [HIGH, LOW]},
    }
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def write_instruction(unsure: Unsure) -> str:
    """What the model is told to do; the last two choices are what cannot be told and what is none of ours."""
    *_, unclear, other = unsure.intents
    return _load_instruction().format(unclear=unclear.id, other=other.id)


def parse_answer(unsure: Unsure, answer: str) -> Read | None:
    """The choice that an answer makes; None for whatever is not among the choices, whoever told it to say so."""
    try:
        told = _Reading.model_validate_json(answer)
    except ValidationError:
        return None
    entries = _label_entries(unsure)
    if told.intent not in {choice.id for choice in unsure.intents} or told.sure not in {HIGH, LOW}:
        return None
    if told.faq is not None and told.faq not in entries:
        return None
    return Read(told.intent, entries[told.faq].id if told.faq else None, told.sure == HIGH)


def _label_entries(unsure: Unsure) -> Mapping[str, Choice]:
    """The entries by the numbers that the model knows them by: a shop's ids are nobody else's business."""
    return {f"faq{place}": choice for place, choice in enumerate(unsure.faqs, 1)}


@cache
def _load_instruction() -> str:
    text: str = yaml.safe_load(Path(__file__).with_name("prompt.yml").read_text(encoding="utf-8"))["instruction"]
    return text
