"""Reads a shop's orders; rows with the same order number are its lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from app.domain.catalogue import Order, OrderLine, OrderState
from app.shop.sheet import Column, RowPlace, Sheet, SheetRecord

COLUMNS = (
    Column("order_id", "订单号", ("订单编号", "订单id"), required=True),
    Column("buyer", "买家", ("买家账号", "买家id", "买家昵称"), required=True),
    Column("sku_id", "规格编号", ("skuid", "sku", "sku编号"), required=True),
    Column("quantity", "数量", ("件数", "购买数量"), required=True),
    Column("amount", "金额", ("实付金额", "实付", "付款金额"), required=True),
    Column("state", "状态", ("订单状态",), required=True),
    Column("paid_at", "付款时间", ("支付时间",)),
    Column("shipped_at", "发货时间"),
    Column("courier", "快递公司", ("快递", "物流公司")),
    Column("tracking_no", "运单号", ("快递单号", "物流单号")),
    Column("delivered_at", "签收时间", ("送达时间",)),
    Column("last_moved_at", "物流更新时间", ("最新物流时间",)),
    Column("last_place", "物流位置", ("最新物流", "物流状态")),
)
STATES = {
    **{state.value: state for state in OrderState},
    **dict.fromkeys(("待付款", "未付款", "等待付款"), OrderState.UNPAID),
    **dict.fromkeys(("待发货", "已付款", "买家已付款"), OrderState.PAID),
    **dict.fromkeys(("已发货", "运输中", "待收货", "卖家已发货"), OrderState.SHIPPED),
    **dict.fromkeys(("已签收", "已送达"), OrderState.DELIVERED),
    **dict.fromkeys(("已完成", "交易成功", "交易完成"), OrderState.COMPLETED),
    **dict.fromkeys(("退款中", "售后中"), OrderState.REFUNDING),
    **dict.fromkeys(("已退款", "退款成功"), OrderState.REFUNDED),
    **dict.fromkeys(("已取消", "交易关闭", "已关闭"), OrderState.CANCELLED),
}
STATE_WORDS = "待付款、待发货、已发货、已签收、已完成、退款中、已退款、已取消"
_AFTER_PAYMENT = frozenset({OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED})
_AFTER_SHIPPING = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED})


@dataclass(frozen=True, slots=True)
class _OrderHeader:
    """The values that all lines of an order share."""

    buyer: str
    state: OrderState
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    courier: str | None
    tracking_no: str | None
    last_moved_at: datetime | None
    last_place: str | None


@dataclass(slots=True)
class _OrderDraft:
    """An order while its rows are read."""

    head: _OrderHeader
    first: SheetRecord
    lines: list[OrderLine]
    places: list[RowPlace]


@dataclass(frozen=True, slots=True)
class PlacedOrders:
    """The orders by number, and the row of each of their lines."""

    orders: Mapping[str, Order] = field(default_factory=dict)
    places: Mapping[str, Sequence[RowPlace]] = field(default_factory=dict)


def read_orders(sheets: Iterable[Sheet], skus: Iterable[str] | None) -> PlacedOrders:
    """Reads orders by number; `skus` is None without a catalogue in the folder.

    An order with a mistake in any of its rows is left out: half an order would tell a wrong sum.
    """
    known = frozenset(skus) if skus is not None else None
    drafts: dict[str, _OrderDraft] = {}
    failed: set[str] = set()
    for record in (record for sheet in sheets for record in sheet.iter_records()):
        order_id = _collect_order_row(record, known, drafts)
        failed |= {order_id} if record.has_failed else set()
    sound = {order_id: draft for order_id, draft in drafts.items() if order_id not in failed}
    orders = {order_id: _build_order(order_id, draft) for order_id, draft in sound.items()}
    return PlacedOrders(orders, {order_id: draft.places for order_id, draft in sound.items()})


def _build_order(order_id: str, draft: _OrderDraft) -> Order:
    head = draft.head
    return Order(
        order_id=order_id,
        buyer=head.buyer,
        lines=tuple(draft.lines),
        state=head.state,
        paid_at=head.paid_at,
        shipped_at=head.shipped_at,
        delivered_at=head.delivered_at,
        courier=head.courier,
        tracking_no=head.tracking_no,
        last_moved_at=head.last_moved_at,
        last_place=head.last_place,
    )


def _collect_order_row(record: SheetRecord, known: frozenset[str] | None, drafts: dict[str, _OrderDraft]) -> str:
    """The number of the order that the row is of."""
    for column in ("buyer", "courier", "last_place"):
        record.refuse_formula(column)
    order_id, line, head = (
        record.read_identifier("order_id", needed=True),
        _read_order_line(record, known),
        _read_order_header(record),
    )
    if not order_id or line is None or head is None:
        return order_id
    draft = drafts.setdefault(order_id, _OrderDraft(head, record, [], []))
    if head != draft.head:
        told = f"和{draft.first.describe_row(record)}是同一个订单，买家、状态、时间和快递却不同，请改成一致。"
        record.note_error("order_id", told)
    draft.lines.append(line)
    draft.places.append(record.place)
    return order_id


def _read_order_line(record: SheetRecord, known: frozenset[str] | None) -> OrderLine | None:
    sku_id = record.read_identifier("sku_id", needed=True)
    quantity, amount = record.read_count("quantity"), record.read_money("amount")
    for column in ("quantity", "amount"):
        record.require_text(column)
    if sku_id and known is not None and sku_id not in known:
        hint = record.suggest_value(sku_id, known) or "请填商品表里的“规格编号”。"
        record.note_error("sku_id", f"商品表里没有规格“{sku_id}”。{hint}")
    if quantity == 0:
        record.note_error("quantity", "数量是 0，请写 1 或更大的整数。")
    if not sku_id or not quantity or amount is None:
        return None
    return OrderLine(sku_id, quantity, Decimal(amount))


def _read_order_header(record: SheetRecord) -> _OrderHeader | None:
    buyer, state = record.read_identifier("buyer", needed=True), _read_order_state(record)
    paid_at, shipped_at, delivered_at = (record.read_moment(name) for name in ("paid_at", "shipped_at", "delivered_at"))
    moved_at, place = record.read_moment("last_moved_at"), record.read_cell("last_place") or None
    courier, tracking_no = record.read_cell("courier") or None, record.read_identifier("tracking_no") or None
    if not buyer or state is None:
        return None
    head = _OrderHeader(buyer, state, paid_at, shipped_at, delivered_at, courier, tracking_no, moved_at, place)
    _check_times(record, head)
    return head


def _read_order_state(record: SheetRecord) -> OrderState | None:
    word = record.require_text("state").replace(" ", "")
    state = STATES.get(word.lower())
    if word and state is None:
        record.note_error(
            "state", f"看不懂状态“{word}”，请从这些里选一个：{STATE_WORDS}。{record.suggest_value(word, STATES)}"
        )
    return state


def _check_times(record: SheetRecord, head: _OrderHeader) -> None:
    if head.state in _AFTER_PAYMENT and head.paid_at is None and not record.read_cell("paid_at"):
        record.note_error("paid_at", "已经付款的订单要写付款时间，例如 2026-01-05 15:00。")
    if head.state in _AFTER_SHIPPING and head.shipped_at is None and not record.read_cell("shipped_at"):
        record.note_error("shipped_at", "已经发货的订单要写发货时间，例如 2026-01-05 15:00。")
    if head.state is OrderState.UNPAID and head.paid_at is not None:
        record.note_error("paid_at", "状态是待付款，却写了付款时间；请改状态，或清空付款时间。")
    if head.state is OrderState.SHIPPED and not head.tracking_no:
        record.note_warning("tracking_no", "已发货却没有运单号，买家查物流时机器人只能转人工。")
    _check_time_order(record, head)


def _check_time_order(record: SheetRecord, head: _OrderHeader) -> None:
    steps = [("paid_at", head.paid_at), ("shipped_at", head.shipped_at), ("delivered_at", head.delivered_at)]
    known = [(column, moment) for column, moment in steps if moment is not None]
    for (_, earlier), (column, later) in pairwise(known):
        if later < earlier:
            record.note_error(column, "时间先后反了：应是 付款 → 发货 → 签收，请改正。")
    for column, moment in [*known, ("last_moved_at", head.last_moved_at)]:
        if moment is not None and moment > record.read_at:
            record.note_warning(column, "时间还没到，请核对年份和上下午。")
