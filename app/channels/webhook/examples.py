"""Examples of messages and answers for the API documentation."""

from pathlib import Path
from typing import Any

from app.web.openapi import read_examples

_EXAMPLES = read_examples(Path(__file__))
MESSAGE_EXAMPLES: dict[str, Any] = _EXAMPLES["messages"]
ANSWER_EXAMPLES: dict[str, Any] = _EXAMPLES["answers"]
ACCEPTED_EXAMPLES: dict[str, Any] = _EXAMPLES["accepted"]
