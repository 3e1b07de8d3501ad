"""What the app has to know of an intent to route it; each intent's folder says it of itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.catalogue import OrderState


class IntentRole(StrEnum):
    """A job that the conversation gives to one intent, whatever the model read; no two intents hold the same one."""

    ASKS_MEANING = "asks_meaning"  # takes a message that means nothing without the conversation, and asks what is meant
    WELCOME = "welcome"  # answers a conversation's first message when it is empty
    RECEIPT = "receipt"  # the buyer only says that our words arrived: 好的, 收到
    AVAILABILITY = "availability"  # answers a message that names goods and asks nothing else of them
    NEGOTIATION = "negotiation"  # in it, a bare number is the price the buyer offers
    GOODS_DETAILS = "goods_details"  # tells of the product that is named or in view
    DISPATCH = "dispatch"  # tells when an order that is paid at some time leaves
    FAULT = "fault"  # takes what a device does not do: 不亮了
    PRICE_PAID = "price_paid"  # takes what an order was paid for that should have cost less: 超过199怎么没减
    MISSING = "missing"  # takes what did not come along: 赠品没有
    TOTALS = "totals"  # tells what a basket comes to
    RETURNS = "returns"  # takes goods that do not fit: 收到了，大了
    TRACKING = "tracking"  # takes the question where one's own thing is: 我那个到哪了
    CHANGE = "change"  # takes another colour or size of what was ordered: 想换黑色的
    CANCELLATION = "cancellation"  # takes an order back that has not left: 不要发货了
    POSTAGE = "postage"  # tells whether and for how much goods are sent to a place: 能寄海口不
    URGING = "urging"  # takes a delivery that nobody looks after: 没人打电话
    PERSON = "person"  # the buyer asks for a person


ROLES_OF_GOODS = (IntentRole.GOODS_DETAILS, IntentRole.AVAILABILITY, IntentRole.TOTALS)
"""What is asked of goods themselves."""


@dataclass(frozen=True, slots=True)
class IntentTraits:
    """How the app treats one intent.

    Attributes:
        title: its Chinese name.
        asked_as: what a buyer calls it, when we ask whether it is meant.
        topic: the word that a short question about it leaves out, 发票 of 要多久; empty where there is none.
        facts_first: its action goes before any FAQ entry, because it looks at live facts.
        about_orders: an order number by itself continues it.
        about_goods: a product, a size or a quantity by itself continues it.
        about_times: a time by itself, or one that is only supposed (那要是五点拍呢), continues it.
        about_variants: a size or a colour can belong to it; after any other intent it turns to the goods.
        aftersale: the goods it speaks of are already the buyer's.
        courtesy: a greeting or thanks, which asks for nothing.
        unknown: what no other intent covers; never offered as a choice.
        complaint: an angry buyer who says this complains.
        knows_anger: its action answers an angry buyer itself.
        asks_price: the buyer wants to know what goods cost, or wants them for less.
        tells_offers: it tells which promotions run.
        quotes_bulk: its action hands a bulk order to people.
        tells_parcel: it answers with where the parcel is.
        reads_details: it looks into what is written of the goods before the shop's general words are told.
        kept_for_people: people answer it unless the shop says otherwise.
        likely_when: states of the order in view that make it likelier.
        plain_business: its example lines ask for this and do nothing besides: no thanks, no yes, no waiting.
        kin: a name shared by intents whose unfinished forms may pass what they collected to each other.
        role: its job in the conversation, if it has one.
    """

    title: str
    asked_as: str = ""
    topic: str = ""
    facts_first: bool = False
    about_orders: bool = False
    about_goods: bool = True
    about_variants: bool = False
    about_times: bool = False
    aftersale: bool = False
    courtesy: bool = False
    unknown: bool = False
    complaint: bool = False
    knows_anger: bool = False
    asks_price: bool = False
    tells_offers: bool = False
    quotes_bulk: bool = False
    tells_parcel: bool = False
    reads_details: bool = False
    kept_for_people: bool = False
    likely_when: frozenset[OrderState] = frozenset()
    plain_business: bool = False
    kin: str | None = None
    role: IntentRole | None = None

    @property
    def of_orders_alone(self) -> bool:
        """Whether it is about what was ordered, and about nothing that could still be bought."""
        return self.about_orders and not self.about_goods

    @property
    def names_business(self) -> bool:
        """Whether the buyer who says this wants something that can be named."""
        return not (self.courtesy or self.unknown)


class IntentDirectory(Mapping[str, IntentTraits]):
    """The traits of every intent, by id; an id it does not hold has no traits and names a business."""

    def __init__(self, traits: Mapping[str, IntentTraits]) -> None:
        self._traits = MappingProxyType(dict(traits))
        self._by_role = {own.role: intent for intent, own in self._traits.items() if own.role}

    def __getitem__(self, intent: str) -> IntentTraits:
        return self._traits[intent]

    def __iter__(self) -> Iterator[str]:
        return iter(self._traits)

    def __len__(self) -> int:
        return len(self._traits)

    def find_holder(self, role: IntentRole) -> str | None:
        """The intent that holds the role; None where no folder claims it."""
        return self._by_role.get(role)

    def get_holder(self, role: IntentRole) -> str:
        """The same; LookupError where no folder claims the role."""
        holder = self._by_role.get(role)
        if holder is None:
            raise LookupError(f"no intent has `role: {role}`")
        return holder

    def holds_role(self, intent: str | None, role: IntentRole) -> bool:
        """Whether this intent holds the role."""
        return intent is not None and self._by_role.get(role) == intent

    def is_courtesy(self, intent: str) -> bool:
        """Whether the intent asks for nothing."""
        return intent in self._traits and self._traits[intent].courtesy

    def names_business(self, intent: str) -> bool:
        """Whether the intent is neither a courtesy nor unknown."""
        return intent not in self._traits or self._traits[intent].names_business

    def is_aftersale(self, intent: str | None) -> bool:
        """Whether the intent is about goods that were received."""
        own = self._traits.get(intent or "")
        return own is not None and own.aftersale

    def find_uncovered(self) -> str | None:
        """The intent of what no other covers, and that asks for no meaning; None where no folder claims it."""
        unknown = (intent for intent, own in self._traits.items() if own.unknown)
        return next((each for each in unknown if not self.holds_role(each, IntentRole.ASKS_MEANING)), None)

    def kin_intents(self, intent: str) -> frozenset[str]:
        """The other intents that share this one's kin."""
        kin = self._traits[intent].kin if intent in self._traits else None
        return frozenset(each for each, own in self._traits.items() if kin and own.kin == kin and each != intent)

    def reserved_intents(self, chosen: Iterable[str] | None) -> frozenset[str]:
        """The intents that people answer: those the shop chose, or those the folders name where it chose none."""
        if chosen is not None:
            return frozenset(chosen)
        return frozenset(intent for intent, own in self._traits.items() if own.kept_for_people)
