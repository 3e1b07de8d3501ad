"""Turns every error into an RFC 9457 problem document; no other module turns errors into HTTP."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from app.errors import (
    MalformedError,
    RateLimitedError,
    ShopUnavailableError,
    StorageUnavailableError,
    UnauthenticatedError,
    XiaoerError,
    error_sentence,
)
from app.web.verdicts import VerdictView, view_verdicts
from handoff.brief import BriefLine, brief_line
from handoff.checking import AuthorityExceededError
from handoff.ports import NewerLinesError
from handoff.roster import OpenTicketsError

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:xiaoer:problem:"
# a nonsense body breaks every field; only a few are reported
MAX_FIELD_PROBLEMS = 20
# FastAPI's code for a body that is not text; reported like any other malformed body
UNREADABLE_DETAIL = "There was an error parsing the body"

log = structlog.get_logger(__name__)


class FieldProblem(BaseModel):
    """One field's problem, without the value that was sent."""

    field: str = Field(examples=["sender.id"])
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["urn:xiaoer:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404], ge=400, le=599)
    detail: str = Field(examples=["没有编号为 T-1 的工单"])
    trace_id: str = Field(examples=["4f1c0a8e6d3b4c1f9a2e7d5b8c6a1f03"])
    errors: list[FieldProblem] | None = Field(default=None, description="with malformed requests: field by field")
    lines: list[BriefLine] | None = Field(
        default=None, description="with newer-lines: what others wrote after the line that the caller saw last"
    )
    verdicts: list[VerdictView] | None = Field(
        default=None, description="with authority-exceeded: what in the text the shop does not allow"
    )
    instead: str | None = Field(default=None, description="with authority-exceeded: the text as it could be sent")
    handoffs: list[str] | None = Field(
        default=None,
        description="with open-tickets: the ids of those that are still in hand, the first to answer first",
    )


def install_problems(app: FastAPI) -> None:
    """Installs handlers that answer every error with a problem document."""
    app.add_exception_handler(XiaoerError, _answer_xiaoer_error)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(Exception, _answer_unexpected_error)


def request_trace_id(scope: Mapping[str, Any]) -> str:
    """The request's id from the edge middleware; the logs have it too."""
    return str(scope.get("state", {}).get("request_id", ""))


def problem_response(error: XiaoerError, trace: str, errors: Sequence[FieldProblem] = ()) -> Response:
    """The problem document of one of our errors."""
    problem = Problem(
        type=TYPE_PREFIX + error.slug,
        title=error.title,
        status=error.status,
        detail=error.detail,
        trace_id=trace,
        errors=list(errors) or None,
        lines=[brief_line(line) for line in error.lines] if isinstance(error, NewerLinesError) else None,
        verdicts=view_verdicts(error.verdicts) if isinstance(error, AuthorityExceededError) else None,
        instead=(error.instead or None) if isinstance(error, AuthorityExceededError) else None,
        handoffs=[ticket.id for ticket in error.tickets] if isinstance(error, OpenTicketsError) else None,
    )
    return _render_problem(problem, _problem_headers(error))


def server_error_response(trace: str) -> Response:
    """The response to an unexpected error, without internals."""
    return problem_response(XiaoerError(error_sentence("unexpected")), trace)


def error_response(request: Request, error: XiaoerError) -> Response:
    """The response to one of our errors; logs those that are our fault."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", path=request.url.path, error=type(error).__name__, detail=error.detail)
    wrong = _field_problems(error.__cause__) if isinstance(error, MalformedError) else ()
    return problem_response(error, request_trace_id(request.scope), wrong)


async def _answer_xiaoer_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, XiaoerError):
        raise TypeError("a handler of XiaoerError got another error") from error
    return error_response(request, error)


async def _answer_validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError("a handler of RequestValidationError got another error") from error
    fields = _field_problems(error)
    detail = "；".join(f"{field.field}: {field.message}" for field in fields[:3])
    return problem_response(MalformedError(detail), request_trace_id(request.scope), fields)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError("a handler of HTTPException got another error") from error
    if error.detail == UNREADABLE_DETAIL:
        return problem_response(MalformedError(error_sentence("body_not_json")), request_trace_id(request.scope))
    title = HTTPStatus(error.status_code).phrase
    problem = Problem(
        type=TYPE_PREFIX + title.lower().replace(" ", "-"),
        title=title,
        status=error.status_code,
        detail=str(error.detail),
        trace_id=request_trace_id(request.scope),
    )
    return _render_problem(problem, error.headers)


async def _answer_unexpected_error(request: Request, error: Exception) -> Response:
    log.error("request_broke", path=request.url.path, exc_info=error)
    return server_error_response(request_trace_id(request.scope))


def _render_problem(problem: Problem, headers: Mapping[str, str] | None) -> Response:
    content = to_json(problem.model_dump(exclude_none=True))
    return Response(content, problem.status, dict(headers or {}), MEDIA_TYPE)


def _problem_headers(error: XiaoerError) -> dict[str, str]:
    match error:
        case RateLimitedError(retry_after=seconds):
            return {"Retry-After": str(max(1, round(seconds + 0.5)))}
        case ShopUnavailableError(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case StorageUnavailableError():
            return {"Retry-After": "1"}
        case UnauthenticatedError():
            return {"WWW-Authenticate": "Bearer"}
    return {}


def _field_problems(error: BaseException | None) -> list[FieldProblem]:
    """The field problems of a body that its model refused; None for any other error."""
    if not isinstance(error, (RequestValidationError, ValidationError)):
        return []
    return [_field_problem(wrong) for wrong in error.errors()[:MAX_FIELD_PROBLEMS]]


def _field_problem(wrong: Mapping[str, Any]) -> FieldProblem:
    place = ".".join(str(part) for part in wrong["loc"] if part != "body")
    return FieldProblem(field=place or "body", message=str(wrong["msg"]))
