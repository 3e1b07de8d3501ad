"""Reads a shop folder into a Shop and a report of every problem."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.catalogue import FaqEntry, Order, Product, Promotion
from app.domain.correction import Correction
from app.domain.phrase import Phrase
from app.shop import corrections, goods, orders, phrases
from app.shop.checks.answer import AnswerProblem
from app.shop.checks.invitation import check_invitation
from app.shop.contents import FolderContents
from app.shop.corrections import read_correction_sheets
from app.shop.document import KeyPlace, YamlDocument, read_document, read_model
from app.shop.faq import FaqRow, check_faq_rows, read_faq
from app.shop.faq_cache import FaqCache, SameRows
from app.shop.faq_columns import COLUMNS, guess_faq_columns
from app.shop.faq_document import YAML_ENDINGS, convert_faq_document
from app.shop.folder import PROMOTIONS, SETTINGS, ShopFiles, read_files
from app.shop.goods import ShopCatalogue, read_catalogue
from app.shop.orders import PlacedOrders, read_orders
from app.shop.phrases import PlacedPhrase, check_phrases, read_phrase_sheets
from app.shop.promotions import PlacedPromotions, read_promotion_document
from app.shop.report import FolderReport, ProblemCollector, ShopInvalid
from app.shop.schema import FilesSource, ShopSettings, Source
from app.shop.settings import check_settings
from app.shop.sheet import Column, ColumnGuess, Sheet, load_sheets
from app.shop.shop import Shop
from app.shop.variables import QuoteContext, check_variables, fill_variables
from app.shop.when import Calendar

PromiseCheck = Callable[[FaqEntry, ShopSettings, Sequence[Product], Sequence[Promotion]], Sequence[AnswerProblem]]
_DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A loaded folder: the shop if there is no error, the report, what was read, whether a date is relative to now."""

    shop: Shop | None
    report: FolderReport
    contents: FolderContents

    @property
    def has_relative_dates(self) -> bool:
        """Whether the shop reads differently on another day."""
        return self.contents.calendar.has_relative_dates


def load_shop(folder: Path, now: datetime) -> Shop:
    """Loads the shop in `folder` as of `now` (aware); raises ShopInvalid with every problem."""
    loaded = read_shop(folder, now)
    if loaded.shop is None:
        raise ShopInvalid(loaded.report)
    return loaded.shop


def read_shop(
    folder: Path, now: datetime, promise_check: PromiseCheck | None = None, intents: Collection[str] | None = None
) -> LoadResult:
    """Reads the shop and its report; never raises for the content of files.

    `promise_check` finds what is wrong with an FAQ answer; `intents` are the known intent ids.
    """
    problems = ProblemCollector()
    files = read_files(folder, problems)
    return parse_shop(files, folder, now, problems, promise_check, intents)


def parse_shop(
    files: ShopFiles,
    folder: Path,
    now: datetime,
    problems: ProblemCollector,
    promise_check: PromiseCheck | None = None,
    intents: Collection[str] | None = None,
    cache: FaqCache | None = None,
) -> LoadResult:
    """Parses files already in memory; otherwise like read_shop.

    With a `cache` an FAQ that is as it was, in a shop that is as it was, is neither read nor judged again.
    """
    reading, cache = _FolderReader(files, problems, now), cache or FaqCache()
    settings = reading.load_settings(intents)
    known = reading.load_catalogue(settings)
    products = known.products if known else ()
    placed = reading.load_orders(settings, known)
    running = reading.load_promotions(settings, known)
    promotions = tuple(running.promotions)
    rows = reading.recall_faq(known, cache)
    _check_variables(rows, settings, problems)
    if promise_check and settings:
        judge = partial(_check_promises, rows, promise_check, settings, products, promotions)
        cache.promises.recall_or_do((SameRows(rows), settings, products, promotions), problems, judge)
    contents = FolderContents(
        calendar=reading.calendar,
        settings=settings,
        settings_place=reading.settings_place,
        rows=rows,
        products=products,
        sku_places=known.places if known else {},
        orders=placed.orders,
        order_places=placed.places,
        promotions=promotions,
        promotion_places=running.places,
    )
    rows = _drop_bad_rows(rows, problems)
    corrected = reading.load_corrections(settings, rows, intents)
    said = reading.load_phrases()
    if promise_check and settings:
        judge_text = partial(_judge_entry, promise_check, settings, products, promotions)
        check_phrases(said, settings, judge_text, problems)
        if reading.settings_place:
            settings = check_invitation(settings, reading.settings_place, judge_text, problems)
    ready = _drop_bad_phrases(said, problems)
    counts = _count_contents(rows, products, placed.orders, promotions, corrected, ready)
    report = FolderReport(problems.list_problems(), counts)
    if settings is None or not report.can_open(strict=settings.strict):
        return LoadResult(None, report, contents)
    entries = tuple(row.entry for row in rows)
    shop = Shop(
        folder.resolve().name, folder, settings, entries, products, placed.orders, promotions, corrected, "", now, ready
    )
    return LoadResult(replace(shop, version=_shop_version(files, reading.calendar)), report, contents)


def read_faq_entries(folder: Path, now: datetime) -> tuple[FaqEntry, ...]:
    """The folder's FAQ as it is written, without the rows that have an error, whatever else is wrong with the shop."""
    problems = ProblemCollector()
    reading = _FolderReader(read_files(folder, problems), problems, now)
    rows = reading.load_faq(reading.load_catalogue(None))
    return tuple(row.entry for row in _drop_bad_rows(rows, problems))


def _name_intents(value: Any, intents: Collection[str] | None) -> Any:
    """The settings with our ids in place of the Chinese titles of the intents kept for people."""
    if not isinstance(intents, Mapping) or not isinstance(value, dict):
        return value
    ids = {part: intent for intent, title in intents.items() for part in (title, *title.split("/"))}
    authority = value.get("authority")
    people = authority.get("always_people") if isinstance(authority, dict) else None
    listed = people.get("intents") if isinstance(people, dict) else None
    if not isinstance(authority, dict) or not isinstance(people, dict) or not isinstance(listed, list):
        return value
    named = [ids.get(each, each) if isinstance(each, str) else each for each in listed]
    return {**value, "authority": {**authority, "always_people": {**people, "intents": named}}}


def _drop_bad_rows(rows: Sequence[FaqRow], problems: ProblemCollector) -> Sequence[FaqRow]:
    """The rows without those that have an error: one bad row never closes a shop."""
    bad = problems.list_bad_rows()
    return [row for row in rows if (row.file, row.sheet, row.row) not in bad] if bad else rows


def _shop_version(files: ShopFiles, calendar: Calendar) -> str:
    """The hash of the content; with relative dates, another one each day."""
    return f"{files.content_version}-{calendar.today:%Y%m%d}" if calendar.has_relative_dates else files.content_version


def _count_contents(
    rows: Sequence[FaqRow],
    products: Sequence[Product],
    placed: Mapping[str, Order],
    promotions: Sequence[Promotion],
    corrected: Sequence[Correction],
    said: Sequence[Phrase],
) -> dict[str, int]:
    return {
        "问答": len(rows),
        "商品": len(products),
        "规格": sum(len(product.skus) for product in products),
        "订单": len(placed),
        "活动": len(promotions),
        **({"更正": len(corrected)} if corrected else {}),
        **({"短语": len(said)} if said else {}),
    }


def _drop_bad_phrases(placed: Sequence[PlacedPhrase], problems: ProblemCollector) -> tuple[Phrase, ...]:
    """The phrases without those whose row has an error."""
    bad = problems.list_bad_rows()
    rows = ((each, each.record.place.layout) for each in placed)
    return tuple(each.phrase for each, layout in rows if (layout.file, layout.sheet, each.record.row) not in bad)


def _judge_entry(
    promise_check: PromiseCheck,
    settings: ShopSettings,
    products: Sequence[Product],
    promotions: Sequence[Promotion],
    entry: FaqEntry,
) -> Sequence[AnswerProblem]:
    return promise_check(entry, settings, products, promotions)


def _check_promises(
    rows: Sequence[FaqRow],
    promise_check: PromiseCheck,
    settings: ShopSettings,
    products: Sequence[Product],
    promotions: Sequence[Promotion],
    problems: ProblemCollector,
) -> None:
    context = QuoteContext(settings)
    for row in rows:
        entry = row.entry
        if "{{" in entry.answer:
            entry = replace(entry, answer=fill_variables(entry.answer, context))
        for found in promise_check(entry, settings, products, promotions):
            problems.report_problem(found.severity, row.locate_cell("answer"), found.message, found.rule)


def _check_variables(rows: Sequence[FaqRow], settings: ShopSettings | None, problems: ProblemCollector) -> None:
    for row in rows:
        if "{{" in row.entry.answer:
            check_variables(row.entry.answer, settings, partial(problems.report_error, row.locate_cell("answer")))


class _FolderReader:
    """Reads the files of one folder in one pass."""

    def __init__(self, files: ShopFiles, problems: ProblemCollector, now: datetime) -> None:
        self._files = files
        self._problems = problems
        self._document = self._read_settings_document()
        self.calendar = Calendar(now, _read_zone(self._document))

    def _read_settings_document(self) -> YamlDocument | None:
        name = next((name for name in self._files.contents if name.lower() == SETTINGS), None)
        if name is None:
            self._problems.add_error(SETTINGS, "没有这个文件。请新建 shop.yml，至少写一行 name: 店铺名。")
            return None
        return read_document(name, self._files.contents[name], self._problems)

    @property
    def settings_place(self) -> KeyPlace | None:
        """The whole of shop.yml; None when it cannot be read."""
        return KeyPlace(self._document, ()) if self._document else None

    def load_settings(self, intents: Collection[str] | None) -> ShopSettings | None:
        """shop.yml, checked."""
        document = self._document
        if document is None:
            return None
        value = {} if document.value is None else _name_intents(document.value, intents)
        reading = read_model(ShopSettings, value, document, self._problems, {"calendar": self.calendar})
        if reading.sound is not None:
            check_settings(reading.sound, document, self._problems, intents)
        return reading.exact

    def load_catalogue(self, settings: ShopSettings | None) -> ShopCatalogue | None:
        """The catalogue; None when the folder has none."""
        name = self._choose_table("catalog", "catalog.csv")
        if name is None:
            self._note_missing_file(
                "catalog.csv", "没有商品表，机器人不能回答价格和库存。", settings.sources.stock if settings else None
            )
            return None
        sheets = self._load_nonempty_sheets(name, goods.COLUMNS)
        return read_catalogue(sheets) if sheets else None

    def load_orders(self, settings: ShopSettings | None, known: ShopCatalogue | None) -> PlacedOrders:
        """The orders by number."""
        name = self._choose_table("orders", "orders.csv")
        if name is None:
            self._note_missing_file(
                "orders.csv", "没有订单表，买家问订单时会转人工。", settings.sources.order if settings else None
            )
            return PlacedOrders()
        return read_orders(self._load_sheets(name, orders.COLUMNS), None if known is None else known.sku_ids)

    def load_promotions(self, settings: ShopSettings | None, known: ShopCatalogue | None) -> PlacedPromotions:
        """The public promotions."""
        names = self._files.promotion_names()
        if not names:
            self._note_missing_file(
                PROMOTIONS[0],
                "没有活动文件，机器人会说暂时没有活动。",
                settings.sources.promotion if settings else None,
            )
            return PlacedPromotions()
        document = read_document(names[0], self._files.contents[names[0]], self._problems)
        if document is None:
            return PlacedPromotions()
        product_ids = None if known is None else known.product_ids
        return read_promotion_document(document, product_ids, self._problems, self.calendar)

    def recall_faq(self, known: ShopCatalogue | None, cache: FaqCache) -> Sequence[FaqRow]:
        """Every FAQ file's rows, as they were read last where nothing has changed that they are read by.

        Dates that are relative to now are read each time.
        """
        goods = known and (known.product_ids, {product.title: product.product_id for product in known.products})
        given = (self._files.hash_tables("faq"), goods, self.calendar.today, self.calendar.zone)
        relative, self.calendar.has_relative_dates = self.calendar.has_relative_dates, False
        rows = cache.rows.recall_or_do(given, self._problems, partial(self._load_faq_aside, known))
        if self.calendar.has_relative_dates:
            cache.rows.forget()
        self.calendar.has_relative_dates |= relative
        return rows

    def _load_faq_aside(self, known: ShopCatalogue | None, found: ProblemCollector) -> Sequence[FaqRow]:
        """The rows, with their problems in a collector of their own."""
        problems, self._problems = self._problems, found
        try:
            return self.load_faq(known)
        finally:
            self._problems = problems

    def load_faq(self, known: ShopCatalogue | None) -> Sequence[FaqRow]:
        """Every FAQ file's rows, checked against each other."""
        names = self._files.table_names("faq")
        if not names:
            self._problems.add_warning(
                "faq.csv", "没有问答文件，机器人只能回答业务问题。请新建 faq.csv，至少有“标准问题”和“答案”两列。"
            )
        sheets = [sheet for name in names for sheet in self._load_faq_file(name)]
        return check_faq_rows(read_faq(sheets), known, self._problems, self.calendar.today)

    def _load_faq_file(self, name: str) -> list[Sheet]:
        if name.lower().endswith(YAML_ENDINGS):
            document = read_document(name, self._files.contents[name], self._problems)
            sheet = convert_faq_document(document, self._problems, self.calendar) if document else None
            return [sheet] if sheet else []
        return self._load_nonempty_sheets(name, COLUMNS, guess_faq_columns)

    def load_corrections(
        self, settings: ShopSettings | None, rows: Sequence[FaqRow], intents: Collection[str] | None
    ) -> tuple[Correction, ...]:
        """The corrections of all their files, those of one message once."""
        names = self._files.table_names("corrections")
        sheets = [sheet for name in names for sheet in self._load_nonempty_sheets(name, corrections.COLUMNS)]
        entries = [row.entry for row in rows]
        risky = settings.authority.always_people.risk_words if settings else ()
        return read_correction_sheets(sheets, intents, entries, risky)

    def load_phrases(self) -> Sequence[PlacedPhrase]:
        """The quick phrases of all their files."""
        names = self._files.table_names("phrases")
        return read_phrase_sheets(
            [sheet for name in names for sheet in self._load_nonempty_sheets(name, phrases.COLUMNS)]
        )

    def _choose_table(self, part: str, usual: str) -> str | None:
        names = self._files.table_names(part)
        if len(names) > 1:
            self._problems.add_error(usual, f"同时有 {'、'.join(names)}，不知道该用哪个，请只留一个。")
        return names[0] if names else None

    def _note_missing_file(self, file: str, message: str, source: Source | None) -> None:
        if source is None or isinstance(source, FilesSource):
            self._problems.add_warning(file, message)

    def _load_nonempty_sheets(
        self, name: str, columns: Sequence[Column], guess: ColumnGuess | None = None
    ) -> list[Sheet]:
        """Loads a file's tables and notes when none has rows."""
        sheets = self._load_sheets(name, columns, guess)
        if sheets and not any(sheet.rows for sheet in sheets):
            self._problems.add_warning(name, "只有表头，没有内容。")
        return sheets

    def _load_sheets(self, name: str, columns: Sequence[Column], guess: ColumnGuess | None = None) -> list[Sheet]:
        return load_sheets(name, self._files.contents[name], columns, self._problems, self.calendar, guess)


def _read_zone(document: YamlDocument | None) -> ZoneInfo:
    """The shop's time zone, read first because every date needs it; a wrong one is reported with the settings."""
    value = document.value if document else None
    hours = value.get("hours") if isinstance(value, dict) else None
    name = hours.get("timezone") if isinstance(hours, dict) else None
    try:
        return ZoneInfo(name if isinstance(name, str) else _DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(_DEFAULT_ZONE)
