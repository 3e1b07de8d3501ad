"""Checks orders: what was paid against the catalogue, and what a buyer's name gives away."""

import re
from collections.abc import Iterator
from decimal import Decimal

from app.domain.catalogue import Order, OrderLine, OrderState, PromotionKind, Sku
from app.language.identities import find_identities
from app.shop.contents import FolderContents
from app.shop.report import ProblemCollector, Severity

_PAID = frozenset({OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED})
_LEAST_SHARE = Decimal("0.5")  # of the list price; less is no promotion a shop would forget
_FULL_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}(?:先生|女士|小姐)?\s*[,，/_-]?\s*1[3-9]\d{9}")


def check_purchases(contents: FolderContents, problems: ProblemCollector) -> None:
    """Reports orders whose amounts do not add up, and buyers named by what is private."""
    skus = {sku.sku_id: sku for product in contents.products for sku in product.skus}
    for order_id, order in contents.orders.items():
        places = contents.order_places[order_id]
        if _is_private(order.buyer):
            told = (
                f"买家一格写了姓名或手机号“{order.buyer}”。机器人靠平台的买家账号认人，写姓名会认不出，还会泄露个人信息。"
                "请写平台的买家账号（例如 tb_xiaomei）。"
            )
            problems.report_problem(Severity.WARNING, places[0].locate_cell("buyer"), told, "private_buyer")
        for line, place in zip(order.lines, places, strict=True):
            for told in _check_amount(line, order, skus.get(line.sku_id), contents):
                problems.report_problem(Severity.WARNING, place.locate_cell("amount"), told, "odd_amount")


def _is_private(buyer: str) -> bool:
    return _FULL_NAME.search(buyer) is not None or next(find_identities(buyer), None) is not None


def _check_amount(line: OrderLine, order: Order, sku: Sku | None, contents: FolderContents) -> Iterator[str]:
    if sku is None or not sku.price or order.state not in _PAID:
        return
    full = sku.price * line.quantity
    cure = "机器人按这一格算退款和议价。请核对数量和金额，金额写这一行实付的总数。"
    if line.amount > full + _dearest_fee(contents):
        yield f"金额 {line.amount} 元比 {line.quantity} 件的原价 {full} 元还多，对不上。{cure}"
    elif line.quantity > 1 and line.amount == sku.price:
        yield (
            f"数量是 {line.quantity}，金额 {line.amount} 元却是 1 件的价格（{line.quantity} 件是 {full} 元），"
            f"像是写成了单价。{cure}"
        )
    elif line.amount < full * _LEAST_SHARE - _largest_reduction(contents):
        yield f"金额 {line.amount} 元不到 {line.quantity} 件原价 {full} 元的一半，对不上。{cure}"


def _dearest_fee(contents: FolderContents) -> Decimal:
    """The most that carriage may add to an order."""
    shipping = contents.settings.authority.shipping if contents.settings else None
    fees = [fee for fee in (shipping.fee, shipping.remote_fee) if fee is not None] if shipping else []
    return max(fees, default=Decimal(0))


def _largest_reduction(contents: FolderContents) -> Decimal:
    public = [each.minus for each in contents.promotions if each.kind is not PromotionKind.GIFT]
    private = [coupon.amount for coupon in contents.settings.authority.coupons] if contents.settings else []
    return max((*public, *private), default=Decimal(0))
