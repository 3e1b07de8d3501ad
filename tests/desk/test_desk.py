"""An agent's day at the desk: everything by keyboard, nothing lost, nothing sent by accident."""

import gzip
import re
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from app.web.pages import BUILT
from tests.desk.conftest import NARROW, WIDE, OpenDesk, sign_in_link
from tests.journeys.service import AgentSoftware, Buyer, Service, free_port, start, wait_until_ready

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
MOST_KILOBYTES = 80


def ask_for_person(service: Service, buyer: str = "buyer-01") -> Buyer:
    """A buyer whose conversation waits in the queue."""
    found = Buyer(service, buyer)
    found.say("给我转人工")
    return found


def box(page: Page, name: str = "回复买家") -> Locator:
    return page.get_by_role("textbox", name=name)


def row(page: Page, buyer: str) -> Locator:
    return page.locator(".row", has_text=buyer)


def lines_of(service: Service, agent: str = "lan") -> list[dict[str, Any]]:
    """What was said on the agent's one ticket."""
    software = AgentSoftware(service, f"token-of-{agent}")
    ticket = software.get("/v1/handoffs", view="mine").json()["items"][0]["id"]
    lines: list[dict[str, Any]] = software.get(f"/v1/handoffs/{ticket}/lines").json()["lines"]
    return lines


def test_a_ticket_from_the_link_to_its_end_by_keyboard(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page = open_desk(url=sign_in_link(service, "mei"))
    expect(page.get_by_role("tab", name="排队")).to_contain_text("1")
    assert "code" not in page.url

    page.keyboard.press("Alt+n")
    expect(row(page, "buyer-01")).to_have_attribute("aria-current", "true")
    expect(page.locator(".why")).to_contain_text("人工")
    page.keyboard.press("Alt+1")
    suggested = box(page).input_value()
    assert suggested
    page.keyboard.type("我姓王。")
    expect(row(page, "buyer-01")).to_contain_text("草稿")
    page.keyboard.press("Enter")
    expect(page.locator(".line.pending")).to_contain_text("秒后发出")
    said = re.compile("^mei .*" + re.escape(f"{suggested}我姓王。") + "$", re.DOTALL)
    expect(page.locator(".line.agent:not(.pending)")).to_have_text([said])
    expect(box(page)).to_have_value("")
    expect(row(page, "buyer-01")).to_contain_text("等买家")

    page.keyboard.press("Alt+e")
    expect(page.get_by_text("已解决")).to_be_visible()
    expect(row(page, "buyer-01")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(row(page, "buyer-01")).to_have_count(1)


def test_a_reply_can_be_taken_back_before_it_leaves(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    box(page).fill("亲，写错了")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("")
    page.keyboard.press("Control+z")
    expect(box(page)).to_have_value("亲，写错了")
    page.wait_for_timeout(3500)
    assert [line["author"] for line in lines_of(service)] == ["buyer", "bot"]


def test_an_input_method_sends_nothing_and_loses_nothing(service: Service, open_desk: OpenDesk) -> None:
    buyer = ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    box(page).focus()
    keys = page.context.new_cdp_session(page)
    enter = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    keys.send("Input.imeSetComposition", {"text": "ma'shang", "selectionStart": 8, "selectionEnd": 8})
    buyer.say("在吗")
    expect(page.locator(".line.buyer")).to_have_count(2)
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    keys.send("Input.imeSetComposition", {"text": "马上", "selectionStart": 2, "selectionEnd": 2})
    keys.send("Input.insertText", {"text": "马上"})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    expect(box(page)).to_have_value("马上")
    expect(page.locator(".line.pending")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(".line.agent")).to_contain_text(["马上"])


def test_a_restart_while_typing_loses_no_character(tmp_path: Path, open_desk: OpenDesk) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = start(tmp_path, port)
    try:
        wait_until_ready(url, process, tmp_path)
        alone = Service((url,), (process,), tmp_path)
        ask_for_person(alone)
        page = open_desk(url=f"{url}/desk", token="token-of-lan")
        page.keyboard.press("Alt+n")
        box(page).press_sequentially("亲，您的")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)
        page.keyboard.type("包裹已经")
        expect(page.locator(".connection")).to_contain_text("正在重连", timeout=4000)
        page.keyboard.type("在路上")
        process = start(tmp_path, port)
        wait_until_ready(url, process, tmp_path)
        expect(page.locator(".connection")).to_have_count(0, timeout=15_000)
        page.keyboard.type("了")
        expect(box(page)).to_have_value("亲，您的包裹已经在路上了")
        page.reload()
        row(page, "buyer-01").click()
        expect(box(page)).to_have_value("亲，您的包裹已经在路上了")
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_a_reply_waits_until_its_writer_has_seen_what_came_meanwhile(service: Service, open_desk: OpenDesk) -> None:
    buyer = ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    box(page).fill("亲，今天发出")
    page.route("**/v1/events", lambda route: route.abort())  # a desk that hears of nothing
    page.route("**/v1/handoffs/*", lambda route: route.abort())
    page.keyboard.press("Enter")
    buyer.say("不用发了")
    expect(page.locator(".held")).to_contain_text("不用发了")
    expect(box(page)).to_have_value("亲，今天发出")
    page.unroute_all()
    assert [line["author"] for line in lines_of(service)] == ["buyer", "bot", "buyer"]
    page.keyboard.press("Enter")
    expect(page.locator(".line.agent:not(.pending)")).to_contain_text(["亲，今天发出"])


def test_what_one_agent_does_every_tab_and_colleague_sees(service: Service, open_desk: OpenDesk) -> None:
    lan, qing = open_desk("lan"), open_desk("qing")
    tabs = [lan, *(lan.context.new_page() for _ in range(7))]
    for tab in tabs[1:]:
        tab.goto(lan.url)
        tab.wait_for_selector(".rows")
    for tab in (*tabs, qing):
        tab.get_by_role("tab", name="排队").click()
    ask_for_person(service, "buyer-05")
    for tab in (*tabs, qing):
        expect(row(tab, "buyer-05")).to_have_count(1)
    row(qing, "buyer-05").click()
    expect(row(lan, "buyer-05")).to_contain_text("qing 正在看")
    qing.keyboard.press("Alt+c")
    for tab in tabs:
        expect(row(tab, "buyer-05")).to_have_count(0)


def test_a_promise_past_the_shop_is_told_before_it_is_sent(service: Service, open_desk: OpenDesk) -> None:
    buyer = Buyer(service, "buyer-01")
    buyer.say("黑胡桃木长方茶盘小号有货吗")
    buyer.say("给我转人工")
    page = open_desk()
    page.keyboard.press("Alt+n")
    box(page).fill("亲，这款给您 60 元")
    expect(page.locator(".check")).to_contain_text("60 元")
    page.locator(".check").get_by_role("button", name="改成").click()
    expect(page.locator(".check")).to_have_count(0)
    assert "60" not in box(page).input_value()


def test_notes_phrases_and_passing_on(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    phrase = {"title": "稍等", "text": "{{买家}}，您稍等，我马上帮您看看。"}
    kept = AgentSoftware(service).put("/v1/shops/demo/phrases/wait", phrase)
    assert kept.status_code == httpx.codes.OK, kept.text
    page, other = open_desk("lan"), open_desk("qing")
    page.keyboard.press("Alt+n")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Alt+p")
    box(page, "写给同事的备注").fill("老客，可以让一点")
    page.keyboard.press("Enter")
    expect(page.locator(".line.note")).to_contain_text("老客，可以让一点")
    box(page).press_sequentially("、sd")
    expect(page.get_by_role("option", name=re.compile("^稍等 "))).to_be_visible()
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(re.compile("您稍等，我马上帮您看看。$"))
    page.keyboard.press("Alt+t")
    page.get_by_role("radio", name="qing").check()
    page.get_by_label("给接手人的话").fill("要改价")
    page.get_by_role("button", name="转交").last.click()
    expect(row(page, "buyer-01")).to_have_count(0)
    row(other, "buyer-01").click()
    expect(box(other)).to_be_editable()
    expect(other.locator(".lines")).to_contain_text("lan 转交：要改价")


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_everybody_can_use_the_desk(service: Service, open_desk: OpenDesk, size: tuple[int, int]) -> None:
    if not AXE.is_file():
        pytest.fail("the pages' packages are not installed: make pages")
    ask_for_person(service, "buyer-03")
    page = open_desk("zhu", size=size)
    assert _serious(page) == []
    page.keyboard.press("Alt+n")
    page.wait_for_selector(".line")
    assert _serious(page) == []
    for pane in range(3) if size == NARROW else ():
        page.locator(".bottom button").nth(pane).click()
        assert _serious(page) == []
    for opening in ("Control+k", "Alt+t", "Alt+m"):
        page.keyboard.press(opening)
        page.wait_for_selector("dialog")
        assert _serious(page) == []
        page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_key_right_after_escape_is_heard(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Alt+t")
    page.wait_for_selector("dialog")
    page.evaluate("""() => {
        document.querySelector("dialog").requestClose();  // as Escape does: its close event comes in a later task
        document.body.dispatchEvent(new KeyboardEvent("keydown", {code: "KeyM", altKey: true, bubbles: true}));
    }""")
    expect(page.get_by_role("dialog", name="稍后处理")).to_be_visible()


def _serious(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def test_the_desk_is_small_and_names_no_other_host(service: Service) -> None:
    page = httpx.get(f"{service.url()}/desk").text
    assets = [path for path in (BUILT / "assets").iterdir() if path.suffix in {".js", ".css"}]
    size = sum(len(gzip.compress(path.read_bytes())) for path in assets)

    assert size < MOST_KILOBYTES * 1024
    assert "//" not in page.replace("<!doctype html>", "")
    assert all(f"/assets/{path.name}" in page for path in assets if path.name.startswith("index"))


def test_a_supervisor_grants_a_price_in_another_browser(service: Service, open_desk: OpenDesk) -> None:
    buyer = Buyer(service, "buyer-01")
    buyer.say("黑胡桃木长方茶盘小号有货吗")
    buyer.say("给我转人工")
    page, boss = open_desk("lan"), open_desk("zhu")
    page.keyboard.press("Alt+n")
    box(page).fill("亲，这款给您 96 元")
    expect(page.locator(".check")).to_contain_text("96 元")
    page.keyboard.press("Alt+a")
    expect(box(page)).to_have_value("")
    expect(page.locator(".approve")).to_contain_text("批准后这句话自动发给买家")

    boss.get_by_role("button", name="待批 1").click()
    expect(boss.locator(".approve")).to_contain_text("96")
    expect(boss.locator(".approve")).to_contain_text("只有您看得到")
    boss.keyboard.press("y")

    expect(page.get_by_text("店长同意了")).to_be_visible()
    expect(page.locator(".line.agent")).to_contain_text(["亲，这款给您 96 元"])
    expect(page.locator(".approve")).to_have_count(0)
    assert [line["text"] for line in lines_of(service) if line["author"] == "agent"] == ["亲，这款给您 96 元"]


def test_a_refused_sentence_goes_back_to_its_writer(service: Service, open_desk: OpenDesk) -> None:
    buyer = Buyer(service, "buyer-01")
    buyer.say("黑胡桃木长方茶盘小号有货吗")
    buyer.say("给我转人工")
    page, boss = open_desk("lan"), open_desk("zhu")
    page.keyboard.press("Alt+n")
    box(page).fill("亲，这款给您 96 元")
    expect(page.locator(".check")).to_contain_text("96 元")
    page.keyboard.press("Alt+a")
    boss.get_by_role("button", name="待批 1").click()
    boss.locator(".approve").get_by_role("button", name="不同意").click()
    expect(box(page)).to_have_value("亲，这款给您 96 元")
    assert [line for line in lines_of(service) if line["author"] == "agent"] == []


def test_a_supervisor_takes_a_buyer_from_the_bot(service: Service, open_desk: OpenDesk) -> None:
    Buyer(service, "buyer-06").say("这款茶盘多大")
    boss, agent = open_desk("zhu"), open_desk("lan")
    expect(agent.get_by_role("tab")).to_have_count(4)  # the shop does not let agents see them
    boss.get_by_role("tab", name="机器人").click()
    boss.locator(".bots .row", has_text="buyer-06").get_by_role("button", name="接过来").first.click()
    expect(row(boss, "buyer-06")).to_have_attribute("aria-current", "true")
    expect(box(boss)).to_be_editable()
