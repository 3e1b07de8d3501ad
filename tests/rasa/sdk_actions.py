"""Two actions for the SDK's own server: one that answers, one that rejects."""

from typing import Any

from rasa_sdk import Action
from rasa_sdk.interfaces import ActionExecutionRejection


class Stock(Action):
    def name(self) -> str:
        return "action_stock"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        if tracker.slots.get("shop") == "nowhere":
            raise ActionExecutionRejection(self.name(), "no such shop")
        dispatcher.utter_message(text="有货的")
        return []
