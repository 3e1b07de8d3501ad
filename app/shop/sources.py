"""Checks of `sources` beyond their types: URLs, their placeholders, names of fields and environment variables."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from app.domain.fact import FactKind
from app.http_client import is_public, url_problem
from app.shop import goods, orders
from app.shop.document import KeyPath
from app.shop.schema import FilesSource, HttpSource, ShopSettings, Source, SqlSource
from app.shop.suggest import suggest_sentence

_ENVIRONMENT = re.compile(r"^[A-Z_][A-Z0-9_]*$")
_PLACE = re.compile(r"\{(\w*)\}")
_PARAMETER = re.compile(r"(?<!:):([a-z_]\w*)")
_PLACES = {
    FactKind.STOCK: ("sku_id",),
    FactKind.ORDER: ("order_id",),
    FactKind.PROMOTION: (),
    FactKind.CATALOGUE: ("product_id",),
}
_BUYER = ("buyer",)
_FIELDS: Mapping[FactKind, frozenset[str]] = {
    FactKind.STOCK: frozenset({"sku_id", "stock", "restock_on"}),
    FactKind.ORDER: frozenset({"lines", *(column.name for column in orders.COLUMNS)}),
    FactKind.PROMOTION: frozenset(
        {"promotion_id", "title", "kind", "begins", "ends", "products", "over", "minus"}
        | {"rate", "quantity", "gift", "claim", "repeats", "stacks"}
    ),
    FactKind.CATALOGUE: frozenset(column.name for column in goods.COLUMNS),
}
_NEEDED: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.STOCK: ("stock",),
    FactKind.ORDER: ("order_id", "state"),
    FactKind.PROMOTION: ("promotion_id", "title", "kind", "begins", "ends"),
    FactKind.CATALOGUE: ("product_id", "sku_id", "title", "price"),
}


class ProblemSink(Protocol):
    """Notes problems at keys."""

    def add_error_at(self, path: KeyPath, message: str) -> None:
        """An error at this key."""

    def add_warning_at(self, path: KeyPath, message: str) -> None:
        """A warning at this key."""


def check_sources(settings: ShopSettings, note: ProblemSink) -> None:
    """Notes every mistake in the sources of facts and in the callback."""
    if settings.callback:
        _check_url(("callback", "url"), settings.callback.url, note)
    for kind in FactKind:
        source: Source = getattr(settings.sources, kind.value)
        _check_source(kind, source, note)


def _check_source(kind: FactKind, source: Source, note: ProblemSink) -> None:
    path: KeyPath = ("sources", kind.value)
    match source:
        case FilesSource():
            return
        case HttpSource():
            _check_http_source(kind, source, path, note)
        case SqlSource():
            _check_variable_name((*path, "url_env"), source.url_env, note)
            _check_placeholders((*path, "query"), _PARAMETER.findall(source.query), _PLACES[kind], ":{}", note)
            _check_placeholders((*path, "buyer_query"), _PARAMETER.findall(source.buyer_query), _BUYER, ":{}", note)


def _check_http_source(kind: FactKind, source: HttpSource, path: KeyPath, note: ProblemSink) -> None:
    _check_url((*path, "url"), source.url, note)
    _check_url_parameter(kind, source, path, note)
    _check_placeholders((*path, "url"), _PLACE.findall(source.url), _PLACES[kind], "{{{}}}", note)
    _check_placeholders((*path, "buyer_url"), _PLACE.findall(source.buyer_url), _BUYER, "{{{}}}", note)
    if source.buyer_url:
        _check_url((*path, "buyer_url"), source.buyer_url, note)
    if source.token_env:
        _check_variable_name((*path, "token_env"), source.token_env, note)
    _check_mapping(kind, source.mapping, (*path, "mapping"), note)


def _check_url(path: KeyPath, url: str, note: ProblemSink) -> None:
    """Checks a URL. A private address is no error: whether it may be called is the operator's setting."""
    wrong = url_problem(url)
    if wrong:
        note.add_error_at(path, f"{wrong}。")
    elif _is_private_host(url):
        note.add_warning_at(
            path, "这是本机或内网地址，服务默认不访问；确实要用，请让部署的人设置 XIAOER_ALLOW_PRIVATE_URLS=true。"
        )
    elif urlsplit(url).scheme != "https":
        note.add_error_at(path, "网址应以 https:// 开头，否则密钥和订单会被别人看到。")


def _is_private_host(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))


def _check_url_parameter(kind: FactKind, source: HttpSource, path: KeyPath, note: ProblemSink) -> None:
    """Checks placeholders: a URL without one fetches everything at once, so the rows need their own id."""
    for name in _PLACES[kind]:
        if kind is not FactKind.CATALOGUE and f"{{{name}}}" not in source.url and not (source.mapping or source.items):
            note.add_warning_at(
                (*path, "url"),
                f"地址里没有 {{{name}}}，每次会取回全部数据，每行要有 {name}；按编号查请写成 https://…/{{{name}}}。",
            )


def _check_variable_name(path: KeyPath, name: str, note: ProblemSink) -> None:
    """Notes a secret written in place of its variable's name, without repeating it."""
    if not _ENVIRONMENT.match(name):
        note.add_error_at(
            path, "这里写环境变量的名字（大写字母、数字和下划线，例如 ERP_TOKEN），密钥和地址本身放在环境变量里。"
        )


def _check_placeholders(
    path: KeyPath, written: Iterable[str], known: tuple[str, ...], shape: str, note: ProblemSink
) -> None:
    choices = "、".join(shape.format(name) for name in known)
    for name in written:
        if name not in known:
            cure = f"这里可以写 {choices}。" if known else "这里没有可以填的参数，请删掉。"
            note.add_error_at(path, f"不认识“{shape.format(name)}”。{cure}")


def _check_mapping(kind: FactKind, mapping: Mapping[str, str], path: KeyPath, note: ProblemSink) -> None:
    for name in mapping:
        if name not in _FIELDS[kind]:
            hint = suggest_sentence(name, _FIELDS[kind]) or f"这里可以写：{'、'.join(sorted(_FIELDS[kind]))}。"
            note.add_error_at((*path, name), f"不认识“{name}”。{hint}")
    for name in _NEEDED[kind] if mapping else ():
        if name not in mapping:
            note.add_error_at(path, f"缺少“{name}”：请写它在接口回答里的位置，例如 {name}: data.{name}。")
