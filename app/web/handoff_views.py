"""Handoffs as agents' software reads them."""

from dataclasses import asdict, fields
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, Field

from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState
from app.domain.held_reply import HeldReply, HeldState, StopReason
from app.domain.ticket import Ticket
from handoff.brief import Attachments, Brief, Parts
from handoff.queue import SecondsLeft, TicketView


class ClockSeconds(BaseModel):
    """Seconds until each deadline; negative when overdue, null when met."""

    first_response: int | None = Field(examples=[132])
    resolve: int | None = Field(examples=[86_352])
    close: int | None = Field(examples=[172_752])
    answer: int | None = Field(
        examples=[102], description="平台的 3 分钟：买家这句话还剩几秒要由人回复；没有话在等时为 null"
    )

    @classmethod
    def from_seconds_left(cls, left: SecondsLeft) -> Self:
        """Converts the queue's counts."""
        return cls(first_response=left.first_response, resolve=left.resolve, close=left.close, answer=left.answer)


class LastLineView(BaseModel):
    """The last line of the buyer or a person."""

    author: str = Field(examples=["buyer"], description="buyer 买家 | agent 客服")
    text: str = Field(examples=["还在吗"], description="太长时截短")
    at: AwareDatetime


class TransferView(BaseModel):
    """A handoff was passed on and rings: at `claimed_by`, or at its group where nobody has claimed it."""

    by: str = Field(examples=["xiaowang"], description="谁转来的")
    note: str = Field(examples=["买家要改价，请您看看"])
    at: AwareDatetime
    returns_at: AwareDatetime = Field(description="到这时还没有人看，就退回")


class SnoozeView(BaseModel):
    """A handoff is put aside."""

    by: str = Field(examples=["xiaowang"])
    until: AwareDatetime | None = Field(description="null：等买家说话")


class RatingView(BaseModel):
    """How the buyer says they were served."""

    asked_at: AwareDatetime | None = Field(description="什么时候请买家评价的；平台自己收集的为 null")
    score: int | None = Field(examples=[5], description="1 到 5，5 最满意；null 是还没有答复")
    words: str = Field(examples=["回复很快"])
    at: AwareDatetime | None = Field(description="什么时候评价的")
    via: str = Field(examples=["buyer"], description="buyer 买家写给我们的 | platform 平台告知的")


class HandoffItem(BaseModel):
    """One handoff in a list."""

    id: str = Field(examples=["01JD3Z6X7K"])
    shop: str = Field(examples=["demo"])
    channel: str = Field(examples=["api"])
    conversation: str = Field(examples=["c-1001"])
    state: TicketState
    reason: Reason
    reason_text: str = Field(examples=["议价需要人工：超出机器人的授权，或要为买家改价"])
    summary: tuple[str, str] = Field(
        examples=[["买家小雨咨询「议价」：80元卖不卖", "胡桃木茶盘；机器人已答2次；转人工原因：超出权限"]]
    )
    group: Group
    group_title: str = Field(examples=["主管"])
    priority: Priority
    claimed_by: str | None = Field(examples=["xiaowang"])
    version: int = Field(examples=[3], description="每次变化加一")
    trace_id: str = Field(description="转来那一轮的 trace_id，/v1/traces/{id} 说明为什么；升级前的工单为空")
    buyer: str = Field(examples=["buyer-01"])
    buyer_name: str | None = Field(examples=["小雨"])
    last_line: LastLineView | None
    waiting_since: AwareDatetime | None = Field(description="买家从什么时候起在等人回复；没有话在等时为 null")
    answer_due: AwareDatetime | None = Field(description="平台要求在此之前由人回复；机器人的话不算")
    closing: bool = Field(description="收尾：等着的只是“谢谢”“好的”，平台仍计时")
    unread: int = Field(examples=[1], description="处理人还没有看过的买家消息条数")
    transfer: TransferView | None = Field(description="转接中，接手的人还没有看；看了、认领或回复后为 null")
    snooze: SnoozeView | None = Field(description="稍后处理；不在稍后处理时为 null")
    rating: RatingView | None = Field(description="买家的评价；没有请过、也没有评价时为 null")
    created_at: AwareDatetime
    claimed_at: AwareDatetime | None
    first_response_at: AwareDatetime | None
    resolved_at: AwareDatetime | None
    first_response_due: AwareDatetime
    resolve_due: AwareDatetime
    close_due: AwareDatetime
    seconds_left: ClockSeconds


class HistoryEntry(BaseModel):
    """What a person did to the handoff, or noted for colleagues."""

    id: str = Field(examples=["2:ticket.claimed"])
    at: AwareDatetime
    agent: str = Field(examples=["xiaowang"])
    change: str = Field(
        examples=["ticket.claimed"],
        description="ticket.claimed|released|transferred|came_back|taken|undone|snoozed|resolved|returned|reopened；"
        "ticket.noted 是给同事的备注；ticket.invited 请买家评价，ticket.rated 是买家的评价(text 是分数和说的话)；"
        "自动做的没有 agent",
    )
    text: str = Field(examples=[""], description="处理结果或备注")


class DraftView(BaseModel):
    """What the caller has typed to the buyer and not sent."""

    text: str = Field(examples=["亲，已经帮您"])
    at: AwareDatetime


class HeldReplyView(BaseModel):
    """A reply that has not left."""

    id: str = Field(examples=["r-2"], description="写的人的软件给的 id")
    handoff_id: str = Field(examples=["01JD3Z6X7K"])
    agent: str = Field(examples=["xiaowang"], description="谁写的")
    text: str = Field(examples=["亲，已经帮您登记"])
    parts: Parts = ()
    attachments: Attachments = ()
    held_at: AwareDatetime
    send_at: AwareDatetime = Field(description="什么时候发")
    after: str | None = Field(description="写的时候看到的最后一句的 id")
    scheduled: bool = Field(description="true：定了时间；false：只是留几秒好撤回")
    state: HeldState = Field(examples=["held"], description="held 等着发 | stopped 没有发出，退回给写的人")
    why: StopReason | None = Field(
        description="没有发出的原因：newer_lines 买家或同事又说了话 | changed_hands 工单换人或结束了 | "
        "authority 现在超出授权 | undeliverable 送不到；等着发的为 null"
    )


class HandoffDetail(HandoffItem):
    """One handoff with its brief and its conversation."""

    note: str = Field(description="处理结果，由解决者填写")
    brief: Brief
    draft: DraftView | None = Field(description="自己写了一半、还没有发的话；别人看不到")
    held: list[HeldReplyView] = Field(description="客服写了、还没有发出的回复，先发的在前")
    history: list[HistoryEntry] = Field(description="谁在什么时候做了什么，和给同事的备注；旧的在前，最多最近 200 条")


class HandoffCounts(BaseModel):
    """How many open handoffs there are, whatever the list shows."""

    mine: int = Field(examples=[1], description="我处理中的，不连稍后处理的")
    snoozed: int = Field(examples=[0], description="我的稍后处理，不算在 mine 里")
    queue: int = Field(examples=[4], description="排队中的")
    open: int = Field(examples=[7], description="没有结束的，连同同事手上的")
    late: int = Field(examples=[0], description="其中买家等人回复已经超时的")


class HandoffPage(BaseModel):
    """A page of handoffs in the order asked for."""

    items: list[HandoffItem]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    total: int = Field(examples=[1])
    counts: HandoffCounts


def build_detail(view: TicketView) -> HandoffDetail:
    """One handoff as it is shown."""
    item = _item_fields(view.ticket, view.left)
    history = [HistoryEntry.model_validate(asdict(entry)) for entry in view.entries]
    draft = None if view.draft is None else DraftView.model_validate(asdict(view.draft))
    told = {"note": view.ticket.note, "brief": view.brief, "draft": draft, "history": history}
    told |= {"held": [view_held_reply(held) for held in view.held]}
    return HandoffDetail.model_validate(item | told)


def view_held_reply(held: HeldReply) -> HeldReplyView:
    """A reply that has not left, as it is shown."""
    return HeldReplyView(
        id=held.reply_id,
        handoff_id=held.ticket_id,
        agent=held.agent,
        text=held.text,
        parts=held.content.parts,
        attachments=held.content.attachments,
        held_at=held.held_at,
        send_at=held.send_at,
        after=held.after,
        scheduled=held.scheduled,
        state=held.state,
        why=held.why,
    )


def build_item(ticket: Ticket, left: SecondsLeft) -> HandoffItem:
    """One handoff as lists and streams show it."""
    return HandoffItem.model_validate(_item_fields(ticket, left))


def _item_fields(ticket: Ticket, left: SecondsLeft) -> dict[str, Any]:
    brief = ticket.brief
    told = {name: brief[name] for name in ("reason_text", "summary", "group_title")}
    key = {"shop": ticket.key.shop, "channel": ticket.key.channel, "conversation": ticket.key.conversation}
    last = None if ticket.last_line is None else LastLineView.model_validate(asdict(ticket.last_line))
    computed: dict[str, Any] = {"seconds_left": ClockSeconds.from_seconds_left(left), "last_line": last}
    computed |= {
        "transfer": None if ticket.transfer is None else TransferView.model_validate(asdict(ticket.transfer)),
        "snooze": None if ticket.snooze is None else SnoozeView.model_validate(asdict(ticket.snooze)),
        "rating": None if ticket.rating is None else RatingView.model_validate(asdict(ticket.rating)),
    }
    return {**_ticket_fields(ticket), **key, **told, **computed}


def _ticket_fields(ticket: Ticket) -> dict[str, Any]:
    shared = set(HandoffItem.model_fields) & {field.name for field in fields(ticket)}
    return {name: getattr(ticket, name) for name in shared}
