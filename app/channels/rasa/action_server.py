"""Rasa's action server under /rasa/actions: the protocol of `python -m rasa_sdk`, served by our intents.

Status codes are the SDK's: 400 for a rejected call, 404 for an unknown action, 449 for a missing domain, `null` when no
action was named. Unlike the SDK's server, an error never quotes the request, which contains the buyer's words.
"""

import hmac
import zlib
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import APIKeyQuery, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json, to_json
from rasa_sdk.interfaces import ActionExecutionRejection, ActionMissingDomainException, ActionNotFoundException

from app.channels.reading import describe_errors
from app.domain.plain_text import ID_PATTERN
from app.errors import MalformedError, TooLargeError, UnauthenticatedError, error_sentence
from app.web.openapi import OPEN_TO_ALL, SCHEMAS_KEY, name_schema, problem_responses, read_examples

WEBHOOK_PATH = "/rasa/actions/webhook"
MAX_BODY_BYTES = 2 * 1024 * 1024  # Rasa sends the whole tracker and domain with every call
MAX_INFLATED_BYTES = 8 * 1024 * 1024
JSON = "application/json"
TOKEN = APIKeyQuery(name="token", scheme_name="RasaToken", description="XIAOER_REST_TOKEN", auto_error=False)
BEARER = HTTPBearer(scheme_name="RasaBearer", description="XIAOER_REST_TOKEN", auto_error=False)


class RasaActions(Protocol):
    """Runs actions for Rasa."""

    @property
    def action_names(self) -> tuple[str, ...]:
        """Every action's name."""

    async def run_action(self, call: Mapping[str, Any], shop: str | None) -> dict[str, Any] | None:
        """Rasa's answer; None when the call names no action. Raises rasa_sdk's exceptions."""


CallerCheck = Callable[[Request], Awaitable[str | None]]
"""Authenticates a caller: returns the one shop it may speak for, None for any; raises UnauthenticatedError."""


def require_token(expected: str) -> CallerCheck:
    """A check that admits callers with the token, as bearer or in Rasa's `?token=`; an empty token admits nobody."""

    async def check_token(request: Request) -> str | None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        given = bearer or request.query_params.get("token", "")
        if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
            raise UnauthenticatedError(error_sentence("token_missing_or_invalid"))
        return None

    return check_token


class _LenientModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class LatestMessage(_LenientModel):
    """The buyer's message as Rasa parsed it; `metadata` may hold our `shop`, `buyer`, `product_id`, `order_id`."""

    text: str | None = None
    message_id: str | int | None = None
    intent: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None


class TrackerState(_LenientModel):
    """The conversation's state in Rasa."""

    sender_id: Annotated[str, Field(min_length=1, pattern=ID_PATTERN)] | int = Field(examples=["buyer-01"])
    slots: dict[str, Any] = {}
    latest_message: LatestMessage | None = None
    events: list[dict[str, Any]] = []


class DomainSlots(_LenientModel):
    """The part of Rasa's domain that we read: the slots it knows."""

    slots: dict[str, Any] | None = None


class ActionCall(_LenientModel):
    """Rasa's call; without `domain`, `domain_digest` names one sent before."""

    next_action: str | None = Field(default=None, description="`action_` before an intent's id")
    sender_id: str | int | None = None
    tracker: TrackerState | None = None
    domain: DomainSlots | None = None
    domain_digest: str | None = None
    version: str | None = None


class ActionAnswer(BaseModel):
    """Events for the tracker and responses for the buyer."""

    events: list[dict[str, Any]]
    responses: list[dict[str, Any]]


class ActionError(BaseModel):
    """Why an action was not run."""

    error: str
    action_name: str


class ActionName(BaseModel):
    """One action."""

    name: str = Field(description="`action_` before an intent's id")


CALL_EXAMPLE = read_examples(Path(__file__))["call"]
ERROR_STATUSES: Mapping[type[Exception], int] = {
    ActionExecutionRejection: 400,
    ActionNotFoundException: 404,
    ActionMissingDomainException: 449,
}


def action_server_router(runner: RasaActions, admit: CallerCheck) -> APIRouter:
    """The action server's three routes; `admit` guards all but the health check."""
    routes = APIRouter(prefix="/rasa/actions", tags=["rasa"])
    guarded = [Security(TOKEN), Security(BEARER)]  # either one; `admit` checks them, these lines only document them

    @routes.get(
        "/health",
        operation_id="checkActionServer",
        summary="The action server is there",
        description="As Rasa's own action server answers; it tells nothing more.",
        openapi_extra=OPEN_TO_ALL,
    )
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get(
        "/actions",
        operation_id="listActions",
        summary="Every action",
        description="The names that a Rasa assistant may call, one for each intent.",
        responses=problem_responses(401),
        dependencies=guarded,
    )
    async def list_actions(request: Request) -> list[ActionName]:
        await admit(request)
        return [ActionName(name=name) for name in runner.action_names]

    @routes.post(
        "/webhook",
        operation_id="runAction",
        summary="Run an action for a Rasa assistant",
        description="Rasa's own call, also with `Content-Encoding: deflate`. The shop is the token's, else the slot or "
        "metadata `shop`. A handoff pauses the conversation and travels as `custom.handoff`.",
        response_model=ActionAnswer | None,
        responses=problem_responses(401, 409, 413, 422, 503)
        | {status: {"model": ActionError} for status in ERROR_STATUSES.values()},
        openapi_extra=_action_call_schema(),
        dependencies=guarded,
    )
    async def webhook(request: Request) -> Response:
        shop = await admit(request)
        call = _parse_action_call(await request.body(), request.headers.get("content-encoding", ""))
        try:
            answer = await runner.run_action(call, shop)
        except (ActionExecutionRejection, ActionNotFoundException, ActionMissingDomainException) as error:
            refused = {"error": error.message, "action_name": error.action_name}
            return Response(to_json(refused), ERROR_STATUSES[type(error)], media_type=JSON)
        return Response(to_json(answer), media_type=JSON)

    return routes


def _parse_action_call(body: bytes, encoding: str) -> dict[str, Any]:
    """The call as Rasa sent it, once its shape is known to be right, with what a tracker always has filled in."""
    try:
        document = from_json(
            (_inflate_body(body) if encoding == "deflate" else body).removeprefix(BOM_UTF8), allow_inf_nan=False
        )
        call = ActionCall.model_validate(document)
    except ValidationError as error:
        raise MalformedError(error_sentence("no_action_call", why=describe_errors(error))) from error
    except (ValueError, zlib.error) as error:
        raise MalformedError(error_sentence("no_action_body")) from error
    if call.next_action and call.tracker is None:
        raise MalformedError(error_sentence("no_tracker"))
    read: dict[str, Any] = document
    if call.tracker is not None:
        read["tracker"] = {"slots": {}, "events": [], **read["tracker"], "sender_id": str(call.tracker.sender_id)}
    return read


def _inflate_body(body: bytes) -> bytes:
    inflate = zlib.decompressobj()
    text = inflate.decompress(body, MAX_INFLATED_BYTES)
    if inflate.unconsumed_tail:
        raise TooLargeError(error_sentence("inflated_too_large"))
    return text


def _action_call_schema() -> dict[str, Any]:
    schema, named = name_schema(ActionCall)
    content = {"schema": schema, "example": CALL_EXAMPLE}
    return {"requestBody": {"required": True, "content": {JSON: content}}, SCHEMAS_KEY: named}
