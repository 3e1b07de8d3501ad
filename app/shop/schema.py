"""The schema of shop.yml. Strict: a mistyped key is an error, and a missing line means not allowed."""

import re
import unicodedata
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from app.domain.fact import FactKind
from app.domain.handoff import Group
from app.shop.service import DEPARTMENTS, Csat, DepartmentName
from app.shop.when import Calendar

Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
Share = Annotated[Decimal, Field(gt=0, le=1, decimal_places=4)]
Confidence = Annotated[float, Field(ge=0, le=1)]


def _pad_clock(value: object) -> object:
    """Reads 9:00 and ９：00 as 09:00; refuses a number, because 16 could mean an hour or a second."""
    if isinstance(value, int | float):
        raise ValueError(  # noqa: TRY004  pydantic reads ValueError
            f'“{value}”不是时间，请写成例如 "16:00"。'
        )
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKC", value).strip()
    return f"0{plain}" if re.match(r"^\d:\d\d", plain) else plain


def _pad_closing(value: object) -> object:
    """The same for when people leave; 24:00 is the midnight that ends the day."""
    padded = _pad_clock(value)
    return "00:00" if padded in {"24:00", "24:00:00"} else padded


def _parse_setting_date(value: object, info: ValidationInfo) -> object:
    """Reads a date, absolute or relative, with the calendar of the reading."""
    calendar = (info.context or {}).get("calendar")
    return calendar.parse_date(str(value)) if isinstance(calendar, Calendar) and isinstance(value, str | int) else value


def _require_pair(value: object) -> object:
    """Refuses a lone day: nobody could tell whether it begins a pause or is all of it."""
    if isinstance(value, list | tuple):
        return value
    raise ValueError(f"停发日期要写头尾两天，例如 [{value}, {value}]（只停这一天）；停几天就写 [第一天, 最后一天]。")


def _check_zone_name(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"没有时区“{value}”，中国大陆请写 Asia/Shanghai。") from error
    return value


Clock = Annotated[time, BeforeValidator(_pad_clock)]
ClosingClock = Annotated[time, BeforeValidator(_pad_closing)]
Day = Annotated[date, BeforeValidator(_parse_setting_date)]
ClosedDays = Annotated[tuple[Day, Day], BeforeValidator(_require_pair)]
Weekday = Annotated[int, Field(ge=1, le=7)]
Zone = Annotated[str, AfterValidator(_check_zone_name)]


class StrictModel(BaseModel):
    """A frozen model for which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


SiteName = Annotated[str, Field(pattern=r"^[a-z0-9-]+(?:\.[a-z0-9-]+)+$", max_length=100)]
"""A website without https:// and path: maker.cn stands for www.maker.cn, too."""


class Tone(StrictModel):
    """The tone of replies: 亲 or 您, and whether they may end with an emoji."""

    address: Literal["亲", "您"] = "亲"
    emoji: bool = False


class Hours(StrictModel):
    """Working hours of people; `days` are ISO weekdays, 1 is Monday.

    A closing time at or before the opening time is on the next day.
    """

    timezone: Zone = "Asia/Shanghai"
    opens: Clock = time(9)
    closes: ClosingClock = time(22)
    days: tuple[Weekday, ...] = (1, 2, 3, 4, 5, 6, 7)

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone. ZoneInfo caches one object per name."""
        return ZoneInfo(self.timezone)


class Thresholds(StrictModel):
    """Decision thresholds on the calibrated confidence; `gap` is the minimum lead of the best over the second."""

    answer: Confidence = 0.62
    clarify: Confidence = 0.25
    gap: Confidence = 0.12


class ReaderWeights(StrictModel):
    """What our models' and a second reader's opinions count where one is asked; `xiaoer tune --reader` writes them."""

    own: float = Field(default=1.0, ge=0, le=5)
    second: float = Field(default=1.0, ge=0, le=5)


class GroupSettings(StrictModel):
    """One group of people: its name for agents, and its first-response time."""

    name: str
    first_response: int = Field(default=3, ge=1, description="minutes in opening hours")


class Deadlines(StrictModel):
    """A ticket's deadlines: first response in minutes of opening hours, each answer in seconds, the others in hours.

    A ticket that was passed on goes back after `transfer_minutes` when nobody has looked at it. What a person writes at
    the desk is held for `undo_seconds`, in which it can be taken back.
    """

    first_response_minutes: int = Field(default=3, ge=1)
    answer_seconds: int = Field(default=180, ge=1)
    transfer_minutes: int = Field(default=2, ge=1)
    undo_seconds: int = Field(default=3, ge=0, le=10)
    resolve_hours: int = Field(default=24, ge=1)
    close_hours: int = Field(default=48, ge=1)


class ShippingPromise(StrictModel):
    """When the shop ships paid orders; without it the bot promises no time.

    An order paid before `cut_off` ships the same working day; every order ships within `within_hours` of payment.
    With both, the cut-off decides about today and the hours are the promise.
    """

    within_hours: int = Field(ge=1, le=720)
    cut_off: Clock | None = None
    working_days: tuple[Weekday, ...] = (1, 2, 3, 4, 5, 6, 7)
    closed: tuple[ClosedDays, ...] = ()
    public_holidays: bool = Field(default=False, description="True: nothing leaves on public holidays")
    stuck_hours: int = Field(default=48, ge=1, description="a parcel without a scan for so long is stuck")
    couriers: tuple[str, ...] = ()
    ships_from: str = ""
    free_from: Money | None = None
    fee: Money | None = None
    remote_places: tuple[str, ...] = ()
    remote_fee: Money | None = None
    returns_days: int | None = Field(default=None, ge=0)


class CouponOffer(StrictModel):
    """A coupon the bot may give to one buyer; `per_day` is the number per day for the whole shop."""

    id: str
    amount: Money
    minimum_spend: Money = Decimal(0)
    per_buyer: int = Field(default=1, ge=0)
    per_day: int = Field(ge=0)
    valid_hours: int = Field(default=24, ge=1)
    how: str = ""


class BulkTier(StrictModel):
    """From `quantity` pieces of one SKU on, the buyer pays the share `rate` (0.95 is 95折)."""

    quantity: int = Field(ge=2)
    rate: Share


class Bargaining(StrictModel):
    """Limits of bargaining. Without this block the bot does not bargain.

    `max_discount` is the largest share off a price (0.05 is 5%); no price goes below the SKU's floor either.
    """

    rounds: int = Field(ge=0, le=5)
    max_discount: Annotated[Decimal, Field(ge=0, lt=1, decimal_places=4)]
    round_down: Money = Decimal(0)  # 抹零: maximum rounded off a total, 元
    offer_valid_hours: int = Field(default=24, ge=1)
    bulk_tiers: tuple[BulkTier, ...] = ()
    bulk_handoff_from: int | None = Field(default=None, ge=2, description="from this many pieces on, a person quotes")


class CompensationLimit(StrictModel):
    """Maximum compensation, 元: per order, and per day for the whole shop."""

    per_order: Money
    per_day: Money


class GiftLimit(StrictModel):
    """A gift, and how many may be given per day."""

    gift: str
    per_day: int = Field(ge=0)


class Compensation(StrictModel):
    """Compensation the bot may offer; a kind left out is not allowed."""

    cash: CompensationLimit | None = None
    coupon: CompensationLimit | None = None
    gift: GiftLimit | None = None


class AlwaysPeople(StrictModel):
    """Rules that send a conversation to people whatever the confidence.

    Without `intents`, those are kept whose folders say `kept_for_people`.
    """

    intents: tuple[str, ...] = ()
    risk_words: tuple[str, ...] = ()
    order_value_above: Money | None = None
    vip_buyers: tuple[str, ...] = ()

    @property
    def chosen_intents(self) -> tuple[str, ...] | None:
        """The intents the shop keeps for people; None where shop.yml does not say, so that the folders do."""
        return self.intents if "intents" in self.model_fields_set else None


class Authority(StrictModel):
    """What the bot may commit the shop to; a line left out is not allowed, and 0 means zero.

    `people` says whether agents are held to it too, until a supervisor approves, or only warned; `agents_see_floor`,
    whether briefs tell them the floor price, as they tell supervisors; `agents_see_bot`, whether they see whom the bot
    talks to and may take one of them, as supervisors do.
    """

    people: Literal["warn", "block"] = "warn"
    agents_see_floor: bool = False
    agents_see_bot: bool = False

    shipping: ShippingPromise | None = None
    bargaining: Bargaining | None = None
    coupons: tuple[CouponOffer, ...] = ()
    compensation: Compensation = Compensation()
    always_people: AlwaysPeople = AlwaysPeople()

    def is_bulk(self, pieces: int) -> bool:
        """Whether the shop's people have to quote for this many pieces."""
        least = self.bargaining.bulk_handoff_from if self.bargaining else None
        return least is not None and pieces >= least


class Freshness(StrictModel):
    """Maximum age of facts, in seconds, by kind."""

    stock: int = Field(default=900, ge=1)
    order: int = Field(default=900, ge=1)
    promotion: int = Field(default=3600, ge=1)
    catalogue: int = Field(default=86_400, ge=1)

    def limit_seconds(self, kind: FactKind) -> int:
        """The maximum age of a fact of this kind, in seconds."""
        return int(getattr(self, kind.value))


class FilesSource(StrictModel):
    """Facts from the CSV and YAML files of the shop's own folder."""

    type: Literal["files"] = "files"


class HttpSource(StrictModel):
    """Facts as JSON over HTTP.

    `url` may contain {order_id}, {sku_id}, {product_id}; `buyer_url`, for orders only, contains {buyer}. `token_env`
    names the environment variable of the bearer token; `mapping` maps our fields to paths in the JSON answer (dots and
    list indexes); `values` translates the source's words (an order's state, a promotion's kind) into ours; `items` is
    the path to the list.
    """

    type: Literal["http"]
    url: str
    buyer_url: str = ""
    token_env: str = ""
    timeout_ms: int = Field(default=800, ge=50, le=5000)
    retries: int = Field(default=1, ge=0, le=3)
    items: str = ""
    mapping: dict[str, str] = {}
    values: dict[str, str] = {}
    as_of: str = Field(default="", description="path of the fact's own time; empty: the time of the answer")


class SqlSource(StrictModel):
    """Facts from named queries; `url_env` names the environment variable of the SQLAlchemy URL.

    `query` takes :order_id, :sku_id or nothing; `buyer_query`, for orders only, takes :buyer. Columns have the names of
    our fields; a column as_of is the time of the row. `values` translates the source's words into ours.
    """

    type: Literal["sql"]
    url_env: str
    query: str
    buyer_query: str = ""
    timeout_ms: int = Field(default=800, ge=50, le=5000)
    values: dict[str, str] = {}


Source = Annotated[FilesSource | HttpSource | SqlSource, Field(discriminator="type")]


class Sources(StrictModel):
    """The source of each kind of fact."""

    stock: Source = FilesSource()
    order: Source = FilesSource()
    promotion: Source = FilesSource()
    catalogue: Source = FilesSource()


CallbackEvent = Literal[
    "reply",
    "handoff",
    "handoff.opened",
    "handoff.claimed",
    "handoff.released",
    "handoff.resolved",
    "handoff.returned",
    "promise.made",
    "shop",
    "shop.broken",
    "shop.mended",
]


class Callback(StrictModel):
    """Where asynchronous replies and handoff events go, signed by the shop's secret."""

    url: str
    events: tuple[CallbackEvent, ...] = Field(
        default=(), description="what it gets, by name or as a group (handoff); empty: everything"
    )

    def takes(self, kind: str) -> bool:
        """Whether events of this kind are sent: all of them, or those named, alone or by their group."""
        return not self.events or kind in self.events or kind.partition(".")[0] in self.events


class ShopSettings(StrictModel):
    """All of shop.yml."""

    name: str
    strict: bool = Field(default=False, description="True: one bad row keeps a new version from being used")
    own_sites: tuple[SiteName, ...] = Field(
        default=(), description="websites of the shop's own, which answers may link"
    )
    tone: Tone = Tone()
    hours: Hours = Hours()
    thresholds: Thresholds = Thresholds()
    second_reader: ReaderWeights = ReaderWeights()
    groups: dict[Group, GroupSettings] = {}
    deadlines: Deadlines = Deadlines()
    csat: Csat = Csat()
    departments: tuple[DepartmentName, ...] = DEPARTMENTS
    authority: Authority = Authority()
    freshness: Freshness = Freshness()
    sources: Sources = Sources()
    callback: Callback | None = None
