"""Conversations that the bot holds, over HTTP: to see and to take, for supervisors and whom the shop lets."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from app.domain.conversation import Owner
from app.domain.message import ConversationKey
from app.domain.plain_text import ID_PATTERN, LONGEST_ID
from app.turns.taking_over import BotWatch
from app.web.auth import AgentAuthenticator
from app.web.handoff_example import changing_responses, example_view
from app.web.handoff_views import HandoffDetail, build_detail
from app.web.openapi import example_response, problem_responses
from app.web.paging import LONGEST_SHOP, Limit, ShopName, shop_filter
from handoff.agents import Agent
from handoff.brief import BriefLine, brief_line

EXAMPLE = {
    "shop": "demo",
    "channel": "api",
    "conversation": "c-1001",
    "buyer": "buyer-01",
    "text": "这个茶盘多大",
    "at": "2026-06-18T02:30:00Z",
}


class HeldBy(StrEnum):
    """Whose conversations are listed."""

    BOT = "bot"


class ConversationItem(BaseModel):
    """A conversation that the bot holds."""

    shop: str = Field(examples=["demo"])
    channel: str = Field(examples=["api"])
    conversation: str = Field(examples=["c-1001"])
    buyer: str = Field(examples=["buyer-01"])
    text: str = Field(examples=["这个茶盘多大"], description="买家最后一句")
    at: AwareDatetime = Field(description="最后动静")


class ConversationList(BaseModel):
    """The latest conversations."""

    items: list[ConversationItem]


class ConversationLines(BaseModel):
    """The last lines of a conversation, oldest first."""

    owner: Owner = Field(description="bot 机器人在接待 | queue 在排队 | agent 客服接手了 | closed 结束了")
    lines: list[BriefLine]


def conversations_router(watch: BotWatch, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/conversations."""
    routes = APIRouter(prefix="/v1/conversations", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    PartOfKey = Annotated[str, Path(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN)]  # noqa: N806 - an alias
    WantedShop = Annotated[  # noqa: N806 - an alias of a type
        str, Query(alias="shop", min_length=1, max_length=LONGEST_SHOP, pattern=ID_PATTERN, examples=["demo"])
    ]

    @routes.get(
        "",
        operation_id="listConversations",
        responses=example_response({"items": [EXAMPLE]}) | problem_responses(401, 403, 422, 503),
        summary="机器人正在接待的会话",
        description="主管和管理员；店铺写了 `authority.agents_see_bot: true` 时客服也可以。最近一天的，最新的在前。",
    )
    async def list_conversations(
        agent: Caller,
        shop: ShopName = None,
        owner: Annotated[HeldBy, Query(description="bot 机器人")] = HeldBy.BOT,
        limit: Limit = 20,
    ) -> ConversationList:
        del owner
        found = await watch.list_held(agent, shop_filter(shop), limit)
        items = [
            ConversationItem(
                shop=each.key.shop,
                channel=each.key.channel,
                conversation=each.key.conversation,
                buyer=each.buyer,
                text=each.text,
                at=each.at,
            )
            for each in found
        ]
        return ConversationList(items=items)

    @routes.get(
        "/{channel}/{conversation}/lines",
        operation_id="watchConversation",
        responses=example_response(
            {"owner": "bot", "lines": [line.model_dump(mode="json") for line in example_view().brief.transcript]}
        )
        | problem_responses(401, 403, 404, 422, 503),
        summary="看机器人和买家正在说什么",
        description="只是看：什么都不改，买家和机器人都不知道。谁能看列表就能看。旧的在前；"
        "`owner` 不是 bot 了，就是有人接走了。有新的话时推送 `conversations`。",
    )
    async def watch_conversation(
        channel: PartOfKey, conversation: PartOfKey, shop: WantedShop, agent: Caller, limit: Limit = 50
    ) -> ConversationLines:
        seen = await watch.watch(agent, ConversationKey(shop, channel, conversation), limit)
        return ConversationLines(owner=seen.owner, lines=[brief_line(line) for line in seen.lines])

    @routes.post(
        "/{channel}/{conversation}/take",
        operation_id="takeConversation",
        responses=changing_responses(),
        summary="从机器人手里接过来",
        description="谁能看就能接。开一张带交接单的工单，已经认领好；机器人不再说话。"
        "再接一次不算错，别人接走的答 409。",
    )
    async def take_conversation(
        channel: PartOfKey, conversation: PartOfKey, shop: WantedShop, agent: Caller
    ) -> HandoffDetail:
        return build_detail(await watch.take(agent, ConversationKey(shop, channel, conversation)))

    return routes
