"""The stored explanation of a turn: what was read, what could have answered, what was decided and on which facts."""

from typing import Any

from app.domain.document import encode_dataclass, encode_value
from app.domain.second_reading import SecondReading
from app.domain.step import Step
from app.domain.written_turn import Turn


def turn_explanation(turn: Turn) -> dict[str, Any]:
    """The explanation as a JSON document."""
    read = turn.understanding
    second = {"second_reader": _second_explanation(turn.second)} if turn.second else {}
    return {
        "shop": turn.conversation.key.shop,
        "normalised": read.normalised if read else "",
        "entities": [encode_value(entity) for entity in read.entities] if read else [],
        "versions": dict(read.versions) if read else {},
        "steps": [_step_explanation(step) for step in turn.steps],
        **second,
    }


def _second_explanation(second: SecondReading) -> dict[str, Any]:
    """What a second reader chose among our candidates; nothing of what it wrote besides is kept."""
    read = second.read
    return {
        "outcome": second.outcome.value,
        "intent": read.intent if read else None,
        "faq": read.faq if read else None,
        "sure": read.sure if read else None,
        "changed": second.changed,
    }


def _step_explanation(step: Step) -> dict[str, Any]:
    verdict = step.verdict
    return {
        "text": step.request.text,
        "intents": [[score.intent, round(score.confidence, 4)] for score in step.request.intents[:5]],
        "faqs": [[score.entry_id, round(score.confidence, 4)] for score in step.request.faqs[:5]],
        "zone": verdict.action.value,
        "intent": verdict.intent,
        "confidence": round(verdict.confidence, 4),
        "faq": verdict.faq,
        "reason": verdict.reason.value if verdict.reason else None,
        "facts": [
            {"kind": fact.kind.value, "source": fact.source, "as_of": fact.as_of.isoformat()}
            for fact in step.outcome.facts
        ],
        "commitments": [encode_dataclass(commitment) for commitment in step.outcome.commitments],
        "refused": step.refused,
    }
