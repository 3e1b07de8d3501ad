"""The stored explanation of a turn, for agents of its shop."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends

from app.errors import NotFoundError, error_sentence
from app.web.auth import AgentAuthenticator
from app.web.openapi import example_response, problem_responses, read_examples
from app.web.paging import Id
from handoff.agents import Agent

TRACE_EXAMPLE = read_examples(Path(__file__))["trace"]


class TraceReader(Protocol):
    """Reads traces."""

    async def get_trace(self, trace_id: str) -> Mapping[str, Any] | None:
        """The stored explanation with the "shop" it belongs to, or None."""


def traces_router(traces: TraceReader, guard: AgentAuthenticator) -> APIRouter:
    """The route under /v1/traces."""
    routes = APIRouter(prefix="/v1/traces", tags=["traces"])

    @routes.get(
        "/{trace_id}",
        operation_id="getTrace",
        responses=example_response(TRACE_EXAMPLE) | problem_responses(401, 404, 422, 503),
        summary="一次应答的来龙去脉",
        description="分词、识别出的东西、意图和常见问题的把握、决定、依据的事实、作出的承诺。",
    )
    async def show_trace(trace_id: Id, agent: Annotated[Agent, Depends(guard)]) -> dict[str, Any]:
        trace = await traces.get_trace(trace_id)
        if trace is None or not _may_see(agent, trace):
            raise NotFoundError(error_sentence("unknown_trace", id=trace_id))
        return dict(trace)

    return routes


def _may_see(agent: Agent, trace: Mapping[str, Any]) -> bool:
    """Whether the agent may see the trace; one without a shop is for agents of every shop only."""
    shop = trace.get("shop")
    return agent.shops is None if shop is None else agent.serves_shop(str(shop))
