"""What the shops' own files say about the desk: times, groups, departments, what agents see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.fact import FactKind
from app.domain.handoff import Group
from app.facts.files import SOURCE as FILES
from app.shop.schema import FilesSource, ShopSettings
from app.tenants.registry import OpenShops
from handoff.acknowledgement import group_title
from handoff.ratings import InvitingShop, invitation_text


@dataclass(frozen=True, slots=True)
class ShopRules:
    """What open shops say about the desk; a shop that is not open, what a shop says that says nothing."""

    shops: OpenShops

    def transfer_minutes(self, shop: str) -> int:
        """How long a transfer rings before it goes back."""
        return self._settings_of(shop).deadlines.transfer_minutes

    def undo_seconds(self, shop: str) -> int:
        """How long what a person writes at the desk can be taken back."""
        return self._settings_of(shop).deadlines.undo_seconds

    def group_title(self, shop: str, group: Group) -> str | None:
        """The group's name; None when the shop has no such group."""
        settings = self._settings_of(shop)
        return group_title(settings, group) if not settings.groups or group in settings.groups else None

    def agents_see_floor(self, shop: str) -> bool:
        """Whether briefs tell agents the floor price."""
        return self._settings_of(shop).authority.agents_see_floor

    def agents_see_bot(self, shop: str) -> bool:
        """Whether agents see and take what the bot holds."""
        return self._settings_of(shop).authority.agents_see_bot

    def fact_limit(self, shop: str, kind: FactKind, source: str) -> timedelta | None:
        """How old a fact of that source may be; None for the shop's files, which hold until they change."""
        settings = self._settings_of(shop)
        if kind is FactKind.STOCK and source != FILES and isinstance(settings.sources.stock, FilesSource):
            kind = FactKind.CATALOGUE  # goods of another system, whose catalogue counts the pieces as well
        if source == FILES and kind not in settings.freshness.model_fields_set:
            return None
        return timedelta(seconds=settings.freshness.limit_seconds(kind))

    def departments(self, shop: str) -> Sequence[str]:
        """The names of those that take tasks."""
        return self._settings_of(shop).departments

    def follow_up_score(self, shop: str) -> int:
        """The highest rating that somebody comes back to."""
        return self._settings_of(shop).csat.follow_up

    def list_inviting(self) -> Sequence[InvitingShop]:
        """The open shops that ask how their people served."""
        opened = [(shop, self._settings_of(shop)) for shop in sorted(self.shops.shop_ids)]
        return [_describe_inviting(shop, settings) for shop, settings in opened if settings.csat.invite]

    def _settings_of(self, shop: str) -> ShopSettings:
        found = self.shops.find_shop(shop)
        return found.shop.settings if found else ShopSettings(name=shop)


def _describe_inviting(shop: str, settings: ShopSettings) -> InvitingShop:
    asked = settings.csat
    return InvitingShop(
        shop,
        timedelta(minutes=asked.delay_minutes),
        invitation_text(asked.text, settings.tone.address),
        timedelta(hours=asked.open_hours),
        settings.hours.zone,
    )
