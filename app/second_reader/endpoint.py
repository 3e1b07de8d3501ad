"""A second reader behind an OpenAI-compatible endpoint.

Source: https://platform.openai.com/docs/api-reference/chat/create, with structured outputs (`response_format`).
"""

from typing import Any

import httpx
from pydantic import BaseModel, Field, ValidationError

from app.domain.second_reading import Read, Unsure
from app.second_reader.port import SecondReaderError
from app.second_reader.question import build_question, build_schema, parse_answer, write_instruction

MOST_BYTES = 64 * 1024
"""Read of an answer, which holds three short words."""
MOST_TOKENS = 100


class _Message(BaseModel):
    content: str


class _Completion(BaseModel):
    message: _Message


class _Completions(BaseModel):
    choices: list[_Completion] = Field(min_length=1)


class EndpointReader:
    """Asks a chat model; its answer counts only where it is one of the choices it was given."""

    def __init__(self, url: str, model: str, key: str, client: httpx.AsyncClient) -> None:
        """`url` ends before /chat/completions; `client` knows which addresses may be called."""
        self._url = url.rstrip("/") + "/chat/completions"
        self._model = model
        self._headers = {"accept-encoding": "identity"} | ({"authorization": f"Bearer {key}"} if key else {})
        self._client = client

    async def read(self, unsure: Unsure) -> Read | None:
        """The model's choice; None where it made none of ours. Raises SecondReaderError."""
        try:
            body = await self._post_question(_build_body(unsure, self._model))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SecondReaderError(type(error).__name__) from None  # its message may quote what was sent
        try:
            told = _Completions.model_validate_json(body).choices[0].message.content
        except ValidationError:
            return None
        return parse_answer(unsure, told)

    async def _post_question(self, body: dict[str, Any]) -> bytes:
        async with self._client.stream("POST", self._url, json=body, headers=self._headers) as response:
            if not response.is_success:
                raise SecondReaderError(f"HTTP {response.status_code}")
            received = bytearray()
            async for chunk in response.aiter_raw():
                received += chunk
                if len(received) > MOST_BYTES:
                    raise SecondReaderError("an answer without end")
            return bytes(received)


def _build_body(unsure: Unsure, model: str) -> dict[str, Any]:
    schema = {"name": "reading", "strict": True, "schema": build_schema(unsure)}
    return {
        "model": model,
        "temperature": 0,
        "max_tokens": MOST_TOKENS,
        "response_format": {"type": "json_schema", "json_schema": schema},
        "messages": [
            {"role": "system", "content": write_instruction(unsure)},
            {"role": "user", "content": build_question(unsure)},
        ],
    }
