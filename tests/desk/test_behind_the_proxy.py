"""The desk where compose.yml serves it: behind nginx, its files packed, its stream passed on at once."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.desk.conftest import OpenDesk
from tests.journeys.proxy import nginx
from tests.journeys.service import Buyer, Service


def test_what_a_buyer_writes_is_seen_through_the_proxy(service: Service, open_desk: OpenDesk, tmp_path: Path) -> None:
    buyer = Buyer(service, "buyer-02")
    buyer.say("给我转人工")
    replica = service.url().removeprefix("http://")
    with nginx(tmp_path / "nginx", replica, replica) as proxy:
        page = open_desk(url=f"{proxy.url}/desk", token="token-of-lan")
        packed = page.evaluate("async (it) => (await fetch(it)).headers.get('content-encoding')", _script_of(page))
        page.keyboard.press("Alt+n")
        expect(page.locator(".line.buyer")).to_have_count(1)
        buyer.say("在吗")
        expect(page.locator(".line.buyer")).to_have_count(2)
        page.close()

    assert packed == "gzip"


def _script_of(page: Page) -> str | None:
    return page.locator("script[src]").first.get_attribute("src")
