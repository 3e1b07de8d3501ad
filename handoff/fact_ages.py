"""How old the facts of a brief may become: the limits that the shop sets for its sources."""

from datetime import datetime, timedelta
from typing import Protocol

from app.domain.fact import FactKind
from handoff.brief import Brief
from handoff.snapshot import Snapshot

KINDS = {"sku": FactKind.STOCK, "product": FactKind.STOCK}
"""What of a snapshot grows old first, where it is not of a kind of fact itself: of goods, the pieces left."""


class FactLimits(Protocol):
    """What shops say about old facts."""

    def fact_limit(self, shop: str, kind: FactKind, source: str) -> timedelta | None:
        """How old a fact of that source may be; None where it holds until the source changes."""


def mark_ages(brief: Brief, shop: str, limits: FactLimits, now: datetime) -> Brief:
    """The brief whose snapshots tell when they are older than the shop allows, and whether they are now."""
    shots = tuple(_mark_age(shot, shop, limits, now) for shot in brief.snapshots)
    return brief.model_copy(update={"snapshots": shots})


def _mark_age(shot: Snapshot, shop: str, limits: FactLimits, now: datetime) -> Snapshot:
    limit = limits.fact_limit(shop, KINDS.get(shot.kind) or FactKind(shot.kind), shot.source)
    if limit is None:
        return shot
    stale_at = shot.as_of + limit
    return shot.model_copy(update={"stale_at": stale_at, "stale": stale_at < now})
