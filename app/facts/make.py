"""Builds a shop's fact sources from its settings."""

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic

import httpx

from app.domain.fact import FactKind, FactsUnavailableError
from app.facts.breaker import CircuitBreaker
from app.facts.files import FileFacts
from app.facts.http import HttpRowSource
from app.facts.port import Facts
from app.facts.rows import FactRows, RowSource
from app.facts.shop import RemoteSources, ShopFacts
from app.facts.sql import QueryDatabase, SqlRowSource
from app.shop.schema import FilesSource, HttpSource, Source, SqlSource
from app.shop.shop import Shop


class FactsFactory:
    """Builds the facts of shops; connections and circuit breakers survive the reloading of a shop.

    Attributes:
        env: the environment, where the tokens and database URLs that shop.yml names are.
        client: used for every HTTP source; it must refuse private addresses if shops are not trusted.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        clock: Callable[[], datetime],
        client: httpx.AsyncClient | None = None,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._env = env
        self._clock = clock
        self._client = client
        self._seconds = seconds
        self._databases: dict[str, QueryDatabase] = {}
        self._breakers: dict[tuple[str, FactKind], CircuitBreaker] = {}

    def __call__(self, shop: Shop) -> Facts:
        """The shop's facts; FileFacts itself where the shop has only files."""
        files = FileFacts(shop, self._clock)
        sources = self._remote_sources(shop)
        if sources == RemoteSources():
            return files
        settings = shop.settings
        return ShopFacts(files, sources, settings.freshness, settings.hours.zone, self._clock)

    def close_databases(self) -> None:
        """Closes the databases; the HTTP client belongs to the caller."""
        for database in self._databases.values():
            database.shut_down()

    def _remote_sources(self, shop: Shop) -> RemoteSources:
        chosen = shop.settings.sources
        return RemoteSources(
            stock=self._row_source(shop, FactKind.STOCK, chosen.stock),
            order=self._row_source(shop, FactKind.ORDER, chosen.order),
            orders_of=self._row_source(shop, FactKind.ORDER, chosen.order, of_buyer=True),
            promotion=self._row_source(shop, FactKind.PROMOTION, chosen.promotion),
            catalogue=self._row_source(shop, FactKind.CATALOGUE, chosen.catalogue),
        )

    def _row_source(self, shop: Shop, kind: FactKind, source: Source, *, of_buyer: bool = False) -> RowSource | None:
        breaker = self._breakers.setdefault((shop.shop_id, kind), CircuitBreaker(self._seconds))
        match source:
            case HttpSource():
                return self._http_source(kind, source, source.buyer_url if of_buyer else source.url, breaker)
            case SqlSource():
                return self._sql_source(kind, source, source.buyer_query if of_buyer else source.query, breaker)
            case FilesSource():
                return None

    def _http_source(self, kind: FactKind, source: HttpSource, url: str, breaker: CircuitBreaker) -> RowSource | None:
        if not url:
            return None
        if self._client is None:
            return UnconfiguredSource(kind, "no HTTP client")
        token = self._env.get(source.token_env, "") if source.token_env else ""
        if source.token_env and not token:
            return UnconfiguredSource(kind, f"{source.token_env} is not set")
        return HttpRowSource(kind, source, url, self._client, token, breaker)

    def _sql_source(self, kind: FactKind, source: SqlSource, query: str, breaker: CircuitBreaker) -> RowSource | None:
        if not query:
            return None
        url = self._env.get(source.url_env, "")
        if not url:
            return UnconfiguredSource(kind, f"{source.url_env} is not set")
        database = self._databases.get(url) or self._databases.setdefault(url, QueryDatabase(url))
        return SqlRowSource(kind, source, query, database, breaker)


class UnconfiguredSource:
    """A source whose secret is missing; every request raises and says so."""

    source_name = "unconfigured"

    def __init__(self, kind: FactKind, why: str) -> None:
        self._kind = kind
        self._why = why

    def takes_parameter(self, parameter: str) -> bool:
        """False: no parameter makes a difference."""
        del parameter
        return False

    async def fetch_source_rows(self, parameters: Mapping[str, str]) -> FactRows:
        """Always raises FactsUnavailableError."""
        del parameters
        raise FactsUnavailableError(self._kind, self.source_name, self._why)


def make_facts(
    shop: Shop, env: Mapping[str, str], clock: Callable[[], datetime], client: httpx.AsyncClient | None = None
) -> Facts:
    """The facts of a single shop; a service that reloads shops keeps a FactsFactory."""
    return FactsFactory(env, clock, client)(shop)
