"""The call of an intent's action: rasa-sdk's executor in this process, in the shape that Rasa sends."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk.executor import ActionExecutor

from intents._framework.contract import Case
from intents._framework.registry import IntentRegistry

_EMPTY_DOMAIN: Mapping[str, Any] = {"intents": []}


def build_action_call(case: Case) -> dict[str, Any]:
    """The call as Rasa would send it; the case itself rides along, so nothing is read twice."""
    return {
        "next_action": f"action_{case.intent}",
        "sender_id": case.buyer,
        "domain": _EMPTY_DOMAIN,
        "tracker": {
            "sender_id": case.buyer,
            "slots": {},
            "latest_message": {
                "text": case.request.text,
                "intent": {"name": case.intent, "confidence": case.confidence},
                "metadata": {"case": case},
            },
            "events": [],
            "paused": False,
            "followup_action": None,
            "active_loop": {},
            "latest_action_name": None,
        },
    }


def make_executor(catalogue: IntentRegistry) -> ActionExecutor:
    """An executor with every intent's action registered."""
    executor = ActionExecutor()
    for definition in catalogue.values():
        executor.register_action(definition.action())
    return executor
