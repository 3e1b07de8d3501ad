"""A conversation from the wish for a person to its end, in two browsers; the documents' pictures are made by it.

`make pictures` keeps them in handoff/desk/pictures: each step at 1440 and at 390 pixels.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.settings import PACKAGED_SHOPS
from tests.desk.conftest import NARROW, WIDE, OpenDesk
from tests.desk.test_desk import box, lines_of, row
from tests.journeys.service import AgentSoftware, Buyer, Service, running

COUNT_TONES = """() => {
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
}"""
TRAY = """<style>
body { margin: 0; background: linear-gradient(#e9e2d8, #cfc4b4); }
div { position: absolute; }
.tray {
    inset: 60px 40px; border-radius: 14px;
    box-shadow: 0 14px 30px #0006, inset 0 0 0 9px #4a2f1c, inset 0 3px 18px #000a;
    background: repeating-linear-gradient(92deg, #5b3d2a 0 9px, #664631 9px 21px, #53361f 21px 26px);
}
.streak { left: 205px; top: 60px; width: 3px; height: 90px; background: #160d06; transform: rotate(9deg); }
</style><div class="tray"></div><div class="streak"></div>"""
NAMES = {"lan": "小兰", "qing": "小青", "zhu": "店长"}
PANES = {"list": 0, "talk": 1, "brief": 2}


class Album:
    """Keeps a picture of each step at both widths."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def keep(self, page: Page, step: str, pane: str = "talk") -> None:
        """Both pictures, without what only a moment shows: the caret and the focus of a button."""
        page.screenshot(path=self._folder / f"{step}-1440.png", animations="disabled")
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        if page.locator("dialog").count() == 0:
            page.locator(".bottom button").nth(PANES[pane]).click()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), step
        page.screenshot(path=self._folder / f"{step}-390.png", animations="disabled")
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo shop, which asks its buyers as soon as a person has ended."""
    state, shops = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("shops")
    shutil.copytree(PACKAGED_SHOPS / "demo", shops / "demo")
    with (shops / "demo" / "shop.yml").open("a", encoding="utf-8") as settings:
        settings.write("\ncsat: {invite: true, delay_minutes: 0}\n")
    with running(state, XIAOER_SHOPS_DIR=str(shops)) as found:
        yield found


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(Path(os.environ.get("XIAOER_PICTURES") or tmp_path))


@pytest.fixture
def photo(service: Service, chromium: Browser) -> str:
    """The address of a picture as buyers send them."""
    other = Buyer(service, "buyer-03")
    other.say("给我转人工")
    agent = AgentSoftware(service, "token-of-qing")
    ticket = agent.post("/v1/handoffs/next", {}).json()["id"]
    drawn = chromium.new_page(viewport={"width": 400, "height": 260})
    drawn.set_content(TRAY)
    url = f"{service.url()}/v1/handoffs/{ticket}/uploads"
    sent = drawn.request.post(
        url, data=drawn.screenshot(), headers={"authorization": f"Bearer {agent.token}", "content-type": "image/png"}
    )
    address: str = sent.json()["url"]
    drawn.close()
    agent.post(f"/v1/handoffs/{ticket}/return")
    return address


@pytest.fixture
def _names(service: Service) -> Iterator[None]:
    boss = AgentSoftware(service, "token-of-guan")
    for agent, name in NAMES.items():
        boss.put(f"/v1/agents/{agent}", {"name": name})
    yield
    for agent in NAMES:
        boss.put(f"/v1/agents/{agent}", {"name": agent})


@pytest.mark.usefixtures("_names")
def test_from_the_wish_for_a_person_to_the_end(service: Service, open_desk: OpenDesk, album: Album, photo: str) -> None:
    page, boss = open_desk("lan"), open_desk("zhu")
    page.evaluate(COUNT_TONES)
    page.get_by_role("tab", name="排队").click()
    buyer = Buyer(service, "buyer-01")
    named = {"sender": {"id": "buyer-01", "name": "小雨"}}
    buyer.say("黑胡桃木长方茶盘小号有货吗", **named)
    buyer.say("上次那个边上有条纹，这次能便宜点吗", type="text", **named)
    buyer.say("给我转人工", **named)
    buyer.say("", type="image", image={"url": photo}, **named)

    # it rings, and the queue shows it with the seconds left
    expect(row(page, "小雨")).to_contain_text(re.compile(r"[12]:\d\d"))
    page.wait_for_function("window.tones > 0")
    album.keep(page, "1-rings", "list")

    # the most urgent one, with its brief and the buyer's picture
    page.keyboard.press("Alt+n")
    expect(page.locator(".line.buyer img")).to_be_visible()
    expect(page.locator(".why")).to_contain_text("人工")
    expect(page.get_by_role("complementary", name="交接单")).to_contain_text("黑胡桃木长方茶盘")
    page.wait_for_function("document.querySelector('.line.buyer img').naturalWidth > 0")
    expect(page.locator(".event").last).to_be_in_viewport()
    expect(page.locator(".pill")).to_have_count(0)
    album.keep(page, "2-brief", "brief")

    # a suggested reply, edited, promises more than an agent may
    page.keyboard.press("Alt+1")
    assert box(page).input_value()
    box(page).fill("亲，纹路是木头天然的，这款给您 96 元，您看可以吗")
    expect(page.locator(".check")).to_contain_text("96 元")
    album.keep(page, "3-check")
    page.keyboard.press("Alt+a")
    expect(page.locator(".approve")).to_contain_text("批准后这句话自动发给买家")
    album.keep(page, "4-asked", "brief")

    # a supervisor in another browser says yes, on a phone if need be
    boss.get_by_role("button", name="待批 1").click()
    expect(boss.locator(".approve")).to_contain_text("96")
    album.keep(boss, "5-approval", "brief")
    boss.keyboard.press("y")
    expect(boss.locator(".approve")).to_have_count(0)

    # it is said to the buyer, once
    expect(page.locator(".line.agent")).to_contain_text(["这款给您 96 元"])
    album.keep(page, "6-granted")
    assert [line["text"] for line in lines_of(service) if line["author"] == "agent"] == [
        "亲，纹路是木头天然的，这款给您 96 元，您看可以吗"
    ]

    # the buyer thanks, one key answers, and it ends
    buyer.say("好的谢谢", **named)
    expect(page.locator(".reply .closing")).to_contain_text("一键收尾")
    album.keep(page, "7-thanks")
    page.keyboard.press("Alt+0")
    expect(page.locator(".line.agent:not(.pending)")).to_have_count(2)
    page.keyboard.press("Alt+e")
    expect(page.get_by_text("已解决")).to_be_visible()
    expect(row(page, "小雨")).to_have_count(0)
    album.keep(page, "8-resolved")
    rate_and_count(page, boss, buyer, album)


def rate_and_count(page: Page, boss: Page, buyer: Buyer, album: Album) -> None:
    """The buyer says how they were served, and it is in the supervisor's figures."""
    page.get_by_role("tab", name="已结束").click()
    row(page, "小雨").click()
    expect(page.locator(".event", has_text="已请买家评价")).to_be_visible(timeout=20_000)
    buyer.say("5分，回复很快", sender={"id": "buyer-01", "name": "小雨"})
    expect(page.locator(".rating")).to_contain_text("5 分")
    expect(page.locator(".line.buyer").last).to_contain_text("回复很快")
    expect(page.locator(".line.bot").last).to_be_in_viewport()
    album.keep(page, "9-rated", "brief")

    boss.keyboard.press("Control+k")
    boss.keyboard.type("看板")
    boss.keyboard.press("Enter")
    told = boss.locator(".figure-table tr", has_text=NAMES["lan"])
    expect(told.get_by_role("cell", name="5.0", exact=True)).to_be_visible()
    told.scroll_into_view_if_needed()
    album.keep(boss, "10-figures")
