"""The stored explanation of a turn, for the people of its shop."""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends

from app.errors import NotFoundError
from app.web.auth import AgentAuthenticator
from app.web.openapi import example_response, problem_responses
from app.web.paging import Id
from handoff.agents import Agent

TRACE_EXAMPLE = {
    "segments": ["现在", "拍", "什么", "时候", "发货"],
    "shop": "demo",
    "normalised": "现在拍什么时候发货",
    "entities": [],
    "versions": {"shop": "d8a4c053645fd528-20260618", "intents": "0074ddb3b10c0a2d"},
    "steps": [
        {
            "text": "现在拍什么时候发货",
            "intents": [["shipping_time", 0.9998], ["delivery_urging", 0.0002]],
            "faqs": [["F058", 0.336], ["F057", 0.1855]],
            "zone": "answer",
            "intent": "shipping_time",
            "confidence": 0.9998,
            "faq": None,
            "reason": None,
            "facts": [],
            "commitments": [
                {
                    "type": "ShipByCommitment",
                    "ship_by": "2026-06-18T23:59:00+08:00",
                    "order_id": None,
                    "sku_id": None,
                }
            ],
            "refused": "",
        }
    ],
}


class TraceReader(Protocol):
    """Where traces are read."""

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
            raise NotFoundError(f"没有编号为 {trace_id} 的记录")
        return dict(trace)

    return routes


def _may_see(agent: Agent, trace: Mapping[str, Any]) -> bool:
    """A trace that does not name its shop is only for those who serve every shop."""
    shop = trace.get("shop")
    return agent.shops is None if shop is None else agent.serves_shop(str(shop))
