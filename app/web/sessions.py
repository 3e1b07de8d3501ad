"""/v1/session: sign-in of a browser, which keeps a cookie that no script can read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.domain.plain_text import ID_PATTERN
from app.errors import RateLimitedError, UnauthenticatedError, error_sentence
from app.web.auth import LONGEST_TOKEN, SESSION_COOKIE, AgentAuthenticator, require_same_origin
from app.web.limits import Rate, TokenBuckets
from app.web.openapi import OPEN_TO_ALL, empty_response, example_response, problem_responses
from handoff.agents import Agent, AgentRole
from handoff.sessions import LONGEST, SessionKeeper

FAILURES_A_MINUTE = 10
MOST_ADDRESSES = 10_000
Secret = Annotated[str, Field(min_length=1, max_length=LONGEST_TOKEN, pattern=ID_PATTERN)]


class SignInBody(BaseModel):
    """Who signs in: with a token, or with a code that works once."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"token": "xat_…"}})

    token: Secret | None = Field(default=None, description="客服令牌")
    code: Secret | None = Field(default=None, description="`xiaoer tokens code` 给的登录码，5 分钟内用一次")

    @model_validator(mode="after")
    def check_one_given(self) -> Self:
        """One of the two."""
        if (self.token is None) == (self.code is None):
            raise ValueError(error_sentence("token_or_code"))
        return self


class SessionView(BaseModel):
    """Who is signed in."""

    agent: str = Field(examples=["xiaowang"])
    role: AgentRole
    shops: list[str] | None = Field(examples=[["demo"]], description="负责的店铺；null 是所有店铺")


class FailedSignIns:
    """Counts failed sign-ins of an address; after ten in a minute it waits, whatever it shows."""

    def __init__(self, clock: Callable[[], float]) -> None:
        rate = Rate(FAILURES_A_MINUTE / 60, FAILURES_A_MINUTE)
        self._buckets = TokenBuckets(rate, clock, MOST_ADDRESSES)

    @contextmanager
    def attempt(self, address: str) -> Iterator[None]:
        """One sign-in; RateLimitedError while the address has failed too often.

        It counts as failed until it ends in anything but UnauthenticatedError: of many at once, no more than ten are
        looked up.
        """
        if seconds := self._buckets.take_token(address):
            raise RateLimitedError(error_sentence("too_many_sign_ins"), seconds)
        refused = False
        try:
            yield
        except UnauthenticatedError:
            refused = True
            raise
        finally:
            if not refused:
                self._buckets.give_token_back(address)


def sessions_router(sessions: SessionKeeper, guard: AgentAuthenticator, clock: Callable[[], float]) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1/session", tags=["handoffs"])
    failed = FailedSignIns(clock)

    @routes.post(
        "",
        operation_id="signIn",
        status_code=HTTPStatus.NO_CONTENT,
        responses=empty_response("已登录，cookie 在 Set-Cookie 里") | problem_responses(401, 403, 413, 422, 429, 503),
        summary="浏览器登录",
        description="用令牌或一次性的登录码换一个脚本读不到的 cookie：12 小时不用就失效，最长 7 天；"
        "令牌作废，cookie 也作废。"
        f"只接受本站页面的请求；同一地址一分钟失败 {FAILURES_A_MINUTE} 次后答 429。",
        openapi_extra=OPEN_TO_ALL,
    )
    async def sign_in(request: Request, body: SignInBody) -> Response:
        require_same_origin(request)
        with failed.attempt(request.client.host if request.client else ""):
            token_hash = await _find_token_hash(body)
        signed_in = Response(status_code=HTTPStatus.NO_CONTENT)
        _set_cookie(signed_in, await sessions.open_session(token_hash), int(LONGEST.total_seconds()))
        return signed_in

    async def _find_token_hash(body: SignInBody) -> str:
        """The valid token that was shown, itself or by a code for it; UnauthenticatedError for none."""
        shown = await sessions.redeem_code(body.code) if body.code else guard.hash_of(body.token or "")
        if shown is None or await guard.find_valid_token(shown) is None:
            raise UnauthenticatedError(error_sentence("token_invalid"))
        return shown

    @routes.get(
        "",
        operation_id="getSession",
        responses=example_response({"agent": "xiaowang", "role": "agent", "shops": ["demo"]})
        | problem_responses(401, 503),
        summary="现在是谁登录",
        description="cookie 或令牌都可以。",
    )
    async def show_session(agent: Annotated[Agent, Depends(guard)]) -> SessionView:
        shops = None if agent.shops is None else sorted(agent.shops)
        return SessionView(agent=agent.id, role=agent.role, shops=shops)

    @routes.delete(
        "",
        operation_id="signOut",
        status_code=HTTPStatus.NO_CONTENT,
        responses=empty_response("已退出") | problem_responses(403, 503),
        summary="退出登录",
        description="cookie 马上失效；没有登录也不算错。",
        openapi_extra=OPEN_TO_ALL,
    )
    async def sign_out(request: Request) -> Response:
        require_same_origin(request)
        if secret := request.cookies.get(SESSION_COOKIE, "")[:LONGEST_TOKEN]:
            await sessions.end_session(secret)
        signed_out = Response(status_code=HTTPStatus.NO_CONTENT)
        _set_cookie(signed_out, "", 0)
        return signed_out

    return routes


def _set_cookie(response: Response, secret: str, seconds: int) -> None:
    """Only for this host, over TLS or to this machine, never to a script, never with another site's request."""
    response.set_cookie(
        SESSION_COOKIE, secret, max_age=seconds, secure=True, httponly=True, samesite="strict", path="/"
    )
