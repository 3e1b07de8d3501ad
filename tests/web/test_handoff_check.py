"""What an agent types is read before it leaves, and does not leave where the shop blocks it."""

from collections.abc import Sequence
from typing import Any

import pytest

from app.domain.commitment import Commitment
from app.domain.ticket import Ticket
from app.guard.people import PersonCase, review_person_text
from app.guard.prices import Subject
from handoff.agents import AgentRole
from handoff.checking import TextReview
from tests.builders import NOW, a_product, a_sku, settings_of
from tests.handoff.builders import a_ticket
from tests.web.house import Web

SKU = a_sku()


class GateCheck:
    """The gate itself over one product; `blocks` as shop.yml would say it."""

    def __init__(self, *, blocks: bool) -> None:
        self.blocks = blocks

    async def review_text(self, ticket: Ticket, text: str, allowing: Sequence[Commitment] = ()) -> TextReview:
        subject = Subject((SKU,), (a_product(SKU),))
        case = PersonCase(settings_of(), ticket.key.shop, NOW, ticket.buyer, subject, granted=tuple(allowing))
        review = review_person_text(text, case)
        return TextReview(review, tuple("价格" for _ in review.commitments), self.blocks)


async def test_a_text_is_checked_and_nothing_is_stored() -> None:
    web = Web(a_ticket(), checker=GateCheck(blocks=False))

    async with web.calling() as client:
        bad = (await client.post("/v1/handoffs/t-1/check", json={"text": "80元给您"})).json()
        good = (await client.post("/v1/handoffs/t-1/check", json={"text": "90元给您"})).json()

    assert [verdict["text"] for verdict in bad["verdicts"]] == ["80元"]
    assert (bad["instead"], bad["blocks"]) == ("88元给您", False)
    assert (good["verdicts"], good["instead"]) == ([], None)
    assert [made["type"] for made in good["commitments"]] == ["PriceCommitment"]
    assert web.tickets.events == []


@pytest.mark.parametrize(
    "said",
    [
        {"text": "80元给您"},
        {"text": "好的", "parts": [{"type": "text", "text": "80元给您"}]},
        {"parts": [{"type": "image", "url": "https://img.example/1.jpg", "alt": "80元给您"}]},
        {"parts": [{"type": "card", "title": "松木茶盘", "text": "80元给您", "url": "https://a.example/1"}]},
        {"parts": [{"type": "card", "title": "一口价80元", "url": "https://a.example/1"}]},
        {"attachments": [{"url": "https://a.example/1.pdf", "name": "80元给您.pdf"}]},
    ],
)
async def test_a_price_below_the_least_does_not_leave_where_the_shop_blocks(said: dict[str, Any]) -> None:
    web = Web(a_ticket(), checker=GateCheck(blocks=True))

    async with web.calling() as client:
        await client.post("/v1/handoffs/t-1/claim")
        answer = await client.post("/v1/handoffs/t-1/reply", json=said)

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "urn:xiaoer:problem:authority-exceeded")
    assert problem["verdicts"][0]["why"] in problem["detail"]
    assert web.tickets.lines == []


async def test_the_same_leaves_where_the_shop_warns_and_from_a_supervisor() -> None:
    warned = Web(a_ticket(), checker=GateCheck(blocks=False))
    blocked = Web(a_ticket(), checker=GateCheck(blocks=True))
    said = {"text": "80元给您"}

    async with warned.calling() as client:
        await client.post("/v1/handoffs/t-1/claim")
        told = await client.post("/v1/handoffs/t-1/reply", json=said)
    async with blocked.calling(await blocked.token("zhu", AgentRole.SUPERVISOR)) as client:
        await client.post("/v1/handoffs/t-1/claim")
        led = await client.post("/v1/handoffs/t-1/reply", json=said)

    assert (told.status_code, led.status_code) == (200, 200)


async def test_of_another_shops_handoff_nothing_is_told() -> None:
    web = Web(a_ticket(shop="other"), checker=GateCheck(blocks=True))

    async with web.calling() as client:
        answer = await client.post("/v1/handoffs/t-1/check", json={"text": "80元给您"})

    assert answer.status_code == 404
