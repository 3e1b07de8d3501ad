"""Chooses a shop's sources by its settings."""

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from zoneinfo import ZoneInfo

import httpx

from app.domain.fact import FactKind, FactsUnavailableError
from app.facts.breaker import Breaker
from app.facts.files import FileFacts
from app.facts.http import HttpRows
from app.facts.port import Facts
from app.facts.rows import Rows, RowSource
from app.facts.shop import ShopFacts, Sources
from app.facts.sql import Database, SqlRows
from app.shop.schema import FilesSource, HttpSource, Source, SqlSource
from app.shop.shop import Shop


class FactsMaker:
    """Makes shops' facts; connections and breakers outlive a shop's reloading.

    Attributes:
        env: holds the tokens and database URLs that shop.yml only names.
        client: for every HTTP source; it must refuse private addresses where shops are not trusted.
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
        self._databases: dict[str, Database] = {}
        self._breakers: dict[tuple[str, FactKind], Breaker] = {}

    def __call__(self, shop: Shop) -> Facts:
        """The shop's facts; its own files alone are read without any detour."""
        files = FileFacts(shop, self._clock)
        sources = self._sources(shop)
        if sources == Sources():
            return files
        settings = shop.settings
        return ShopFacts(files, sources, settings.freshness, ZoneInfo(settings.hours.timezone), self._clock)

    def close(self) -> None:
        """Let go of the databases; the HTTP client belongs to who gave it."""
        for database in self._databases.values():
            database.close()

    def _sources(self, shop: Shop) -> Sources:
        chosen = shop.settings.sources
        return Sources(
            stock=self._rows(shop, FactKind.STOCK, chosen.stock),
            order=self._rows(shop, FactKind.ORDER, chosen.order),
            orders_of=self._rows(shop, FactKind.ORDER, chosen.order, of_buyer=True),
            promotion=self._rows(shop, FactKind.PROMOTION, chosen.promotion),
            catalogue=self._rows(shop, FactKind.CATALOGUE, chosen.catalogue),
        )

    def _rows(self, shop: Shop, kind: FactKind, source: Source, *, of_buyer: bool = False) -> RowSource | None:
        breaker = self._breakers.setdefault((shop.shop_id, kind), Breaker(self._seconds))
        match source:
            case HttpSource():
                return self._http(kind, source, source.buyer_url if of_buyer else source.url, breaker)
            case SqlSource():
                return self._sql(kind, source, source.buyer_query if of_buyer else source.query, breaker)
            case FilesSource():
                return None

    def _http(self, kind: FactKind, source: HttpSource, url: str, breaker: Breaker) -> RowSource | None:
        if not url:
            return None
        if self._client is None:
            return Unconfigured(kind, "no HTTP client")
        token = self._env.get(source.token_env, "") if source.token_env else ""
        if source.token_env and not token:
            return Unconfigured(kind, f"{source.token_env} is not set")
        return HttpRows(kind, source, url, self._client, token, breaker)

    def _sql(self, kind: FactKind, source: SqlSource, query: str, breaker: Breaker) -> RowSource | None:
        if not query:
            return None
        url = self._env.get(source.url_env, "")
        if not url:
            return Unconfigured(kind, f"{source.url_env} is not set")
        database = self._databases.get(url) or self._databases.setdefault(url, Database(url))
        return SqlRows(kind, source, query, database, breaker)


class Unconfigured:
    """A source whose secret is missing: it has no facts, and says why."""

    name = "unconfigured"

    def __init__(self, kind: FactKind, why: str) -> None:
        self._kind = kind
        self._why = why

    def takes(self, parameter: str) -> bool:
        """Nothing helps."""
        del parameter
        return False

    async def ask(self, parameters: Mapping[str, str]) -> Rows:
        """Always raises FactsUnavailableError."""
        del parameters
        raise FactsUnavailableError(self._kind, self.name, self._why)


def make_facts(
    shop: Shop, env: Mapping[str, str], clock: Callable[[], datetime], client: httpx.AsyncClient | None = None
) -> Facts:
    """The facts of one shop by itself; a service that reloads shops keeps a FactsMaker."""
    return FactsMaker(env, clock, client)(shop)
