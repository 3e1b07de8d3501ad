"""What in a text goes past the shop's authority, as pages and agents' software read it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.approval import AmendsTerms, PriceTerms, Terms
from app.domain.commitment import CompensationKind
from app.domain.plain_text import ID_PATTERN, LONGEST_ID
from app.guard.people import Verdict

MOST_PIECES = 1_000_000
Sum = Annotated[Decimal, Field(ge=0, le=10_000_000, max_digits=10, decimal_places=2, examples=["80"])]
PlatformId = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN)]


class PriceTermsView(BaseModel):
    """So many pieces for a total, 元."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["price"] = "price"
    sku_id: PlatformId = Field(examples=["M101-02"])
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)] = 1
    total: Sum = Field(description="这几件一共多少元")

    def to_terms(self) -> PriceTerms:
        """As the domain has them."""
        return PriceTerms(self.sku_id, self.quantity, self.total)


class AmendsTermsView(BaseModel):
    """Amends for one order, 元."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["amends"] = "amends"
    by: CompensationKind = Field(default=CompensationKind.CASH, description="cash 打款 | coupon 券 | gift 赠品")
    order_id: PlatformId = Field(examples=["202606150001"])
    amount: Sum = Field(default=Decimal(0), description="赠品写 0")
    gift: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] = ""

    def to_terms(self) -> AmendsTerms:
        """As the domain has them."""
        return AmendsTerms(self.by, self.order_id, self.amount, self.gift)


TermsView = Annotated[PriceTermsView | AmendsTermsView, Field(discriminator="kind")]


def view_terms(terms: Terms) -> PriceTermsView | AmendsTermsView:
    """Terms as routes show and take them."""
    if isinstance(terms, PriceTerms):
        return PriceTermsView(sku_id=terms.sku_id, quantity=terms.quantity, total=terms.total)
    return AmendsTermsView(by=terms.kind, order_id=terms.order_id, amount=terms.amount, gift=terms.gift)


class VerdictView(BaseModel):
    """One thing in a text that goes past the shop's authority."""

    kind: str = Field(
        examples=["amount"], description="amount|rate|number 价格，amends 补偿，date|duration|arrival 时间 …"
    )
    text: str = Field(examples=["80元"], description="原话里的这几个字")
    why: str = Field(examples=["「80元」低于您能给的 88：胡桃木茶盘标价 99 元"])
    advice: str = Field(examples=["写店铺已有的金额，或请主管批准"])
    instead: str = Field(examples=["88元"], description="可以换成的字；没有时为空")
    terms: TermsView | None = Field(description="可以照样交给 /approvals 请主管批准的条件；批不了的为 null")


def view_verdicts(verdicts: Iterable[Verdict]) -> list[VerdictView]:
    """Verdicts as pages read them."""
    return [
        VerdictView(
            kind=each.kind.value,
            text=each.text,
            why=each.why,
            advice=each.advice,
            instead=each.instead,
            terms=view_terms(each.terms) if each.terms else None,
        )
        for each in verdicts
    ]
