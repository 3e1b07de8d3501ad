"""Rasa's calls as a 3.6 server makes them, with defaults."""

from itertools import count
from typing import Any

DOMAIN: dict[str, Any] = {
    "version": "3.1",
    "intents": ["stock"],
    "slots": {
        "shop": {"type": "text", "mappings": [{"type": "custom"}]},
        "product": {"type": "text", "mappings": [{"type": "custom"}]},
        "order": {"type": "text", "mappings": [{"type": "custom"}]},
    },
    "responses": {},
    "actions": ["action_stock"],
    "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
}

NUMBERS = count(1)


def a_call(
    action: str | None = "action_stock",
    text: str = "茶盘有货吗",
    *,
    sender: str | None = None,
    message_id: str | None = None,
    slots: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    domain: dict[str, Any] | None = DOMAIN,
    **more: Any,
) -> dict[str, Any]:
    """One call of `action` for one message of a new buyer; `domain=None` leaves the domain out."""
    sender = sender or f"rasa-buyer-{next(NUMBERS)}"
    latest = {
        "intent": {"name": (action or "").removeprefix("action_"), "confidence": 1.0},
        "entities": [],
        "text": text,
        "message_id": message_id or f"m-{next(NUMBERS)}",
        "metadata": metadata or {},
    }
    tracker = {
        "sender_id": sender,
        "slots": slots or {},
        "latest_message": latest,
        "latest_event_time": 1795330464.67,
        "followup_action": None,
        "paused": False,
        "events": [{"event": "user", "timestamp": 1795330464.66, "text": text, "parse_data": latest}],
        "latest_input_channel": "rest",
        "active_loop": {},
        "latest_action": {"action_name": "action_listen"},
        "latest_action_name": "action_listen",
    }
    call = {"next_action": action, "sender_id": sender, "tracker": tracker, "version": "3.6.21", **more}
    return call if domain is None else {**call, "domain": domain}
