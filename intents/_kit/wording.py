"""How a shop assistant says days, times, shares and goods; whole sentences stay in the replies."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.catalogue import Sku
from app.language.dates import RELATIVE_DAYS
from intents._framework.contract import Case

FAR_DAYS = 150  # a day without its year is read as the nearest one
NEAR_DAYS = {RELATIVE_DAYS[word]: word for word in ("昨天", "今天", "明天", "后天")}
MOST_PRICED = 4
SEVERAL = 2
MANY_VARIANTS = 6
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def shop_timezone(case: Case) -> ZoneInfo:
    """Where the shop's days begin and end."""
    return case.shop.settings.hours.zone


def local_now(case: Case) -> datetime:
    """The turn's time on the shop's clock."""
    return case.now.astimezone(shop_timezone(case))


def day_word(day: date, case: Case) -> str:
    """今天, 明天, 后天, 昨天, else 12月5日; a day far off says its year, for 6月18日 alone is the nearest one."""
    away = (day - local_now(case).date()).days
    year = f"{day.year}年" if abs(away) > FAR_DAYS else ""
    return NEAR_DAYS.get(away) or f"{year}{day.month}月{day.day}日"


def next_restock(case: Case, skus: Sequence[Sku]) -> date | None:
    """The first day, from today on in the shop's zone, on which one of these comes back; None where no day is known."""
    today = local_now(case).date()
    return min((sku.restock_on for sku in skus if sku.restock_on and sku.restock_on >= today), default=None)


def moment_word(moment: datetime, case: Case) -> str:
    """明天18:00; the end of a day is that day's 24:00."""
    local = moment.astimezone(shop_timezone(case))
    return f"{day_word(local.date(), case)}{local:%H:%M}"


def expiry_word(ends: datetime, case: Case) -> str:
    """The last day of something that ends (exclusively) then; today's end also by the clock."""
    local = ends.astimezone(shop_timezone(case))
    last = local - timedelta(minutes=1)
    if last.date() == local.date():
        return moment_word(ends, case)
    return day_word(last.date(), case)


def discount_word(rate: Decimal) -> str:
    """0.85 as 8.5折, 0.5 as 5折."""
    return f"{format_yuan(rate * 10)}折"


def sku_full_name(sku: Sku) -> str:
    """The SKU with its title, its colour and size named once."""
    name = variant_name(sku)
    return sku.title if name in sku.title else f"{sku.title}（{name}）"


def format_yuan(amount: Decimal) -> str:
    """元 without needless zeros: 39, 39.9, 39.95."""
    return f"{amount.normalize():f}"


def format_month_day(moment: datetime | date, zone: ZoneInfo) -> str:
    """A day as a shop says it: 11月23日."""
    local = moment.astimezone(zone) if isinstance(moment, datetime) else moment
    return f"{local.month}月{local.day}日"


def variant_name(sku: Sku) -> str:
    """The SKU among its siblings: its colour and size, or its title."""
    return "".join(sku.attributes) or sku.title


def join_names(skus: Sequence[Sku]) -> str:
    """Each colour or size once: 小号、中号."""
    return "、".join(dict.fromkeys(map(variant_name, skus)))


def join_variants(skus: Sequence[Sku]) -> str:
    """Every SKU by its colour or size; many that are all combinations of two as those: 黑色、奶白色的S、M、L."""
    names = set(map(variant_name, skus))
    first, second = (list(dict.fromkeys(values)) for values in _values_of_two(skus))
    if len(names) < MANY_VARIANTS or min(len(first), len(second)) < SEVERAL or len(first) * len(second) != len(names):
        return join_names(skus)
    return f"{'、'.join(first)}的{'、'.join(second)}"


def _values_of_two(skus: Sequence[Sku]) -> tuple[list[str], list[str]]:
    """The values of two attributes; empty where the SKUs have another number of them."""
    if any(len(sku.attributes) != SEVERAL for sku in skus):
        return [], []
    return [sku.attributes[0] for sku in skus], [sku.attributes[1] for sku in skus]


def format_sku_prices(skus: Sequence[Sku]) -> str:
    """Each SKU's colour or size with its page price: 小号128元，中号188元; a name that ends in figures stands apart."""
    return "，".join(f"{_variant_before_price(sku)}{format_yuan(sku.price)}元" for sku in skus)


def _variant_before_price(sku: Sku) -> str:
    name = variant_name(sku)
    return f"{name}：" if name[-1:].isascii() else name


def format_priced_variants(skus: Sequence[Sku]) -> str:
    """The variants with what they cost: each with its own price where they are few, else with the span of it."""
    few = len(skus) <= MOST_PRICED and len({sku.price for sku in skus}) > 1
    return format_price_span(skus) if few else f"{join_variants(skus)}，{format_price_span(skus)}"


def format_price_span(skus: Sequence[Sku]) -> str:
    """The price where all cost the same, each with its own where they are few, else the span: 69元, 88元到129元."""
    prices = sorted({sku.price for sku in skus})
    if len(prices) == 1:
        return f"{format_yuan(prices[0])}元"
    if len(skus) <= MOST_PRICED:
        return format_sku_prices(skus)
    return f"{format_yuan(prices[0])}元到{format_yuan(prices[-1])}元"
