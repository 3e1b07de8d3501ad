"""What people do with each other at the desk: phrases and questions kept, shifts handed over, colleagues set."""

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.desk.conftest import OpenDesk
from tests.desk.test_desk import ask_for_person, box, row
from tests.journeys.service import AgentSoftware, Buyer, Service


def run_command(page: Page, words: str) -> None:
    """By the keyboard alone."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="动作、买家或订单号").fill(words)
    page.keyboard.press("Enter")


def test_what_was_said_is_kept_as_a_phrase_and_proposed_for_the_faq(service: Service, open_desk: OpenDesk) -> None:
    buyer = Buyer(service, "buyer-01")
    buyer.say("茶盘能寄到南极吗")
    buyer.say("给我转人工")
    page = open_desk("qing")
    page.keyboard.press("Alt+n")
    expect(box(page)).to_be_editable()
    box(page).fill("订单 8800100001 的茶盘能寄")
    page.keyboard.press("Enter")
    expect(page.locator(".line.agent:not(.pending)")).to_have_count(1)

    run_command(page, "存为短语")
    expect(page.get_by_label("内容")).to_have_value("订单 {{订单号}} 的茶盘能寄")
    page.get_by_label("标题").fill("能寄")
    page.get_by_role("button", name="存下").click()
    expect(page.locator("dialog li")).to_contain_text("能寄")
    page.keyboard.press("Escape")
    box(page).press_sequentially("/nj")
    expect(page.get_by_role("option", name="能寄")).to_be_visible()
    page.keyboard.press("Escape")

    run_command(page, "加到问答")
    expect(page.get_by_label("买家会怎么问")).to_have_value("茶盘能寄到南极吗")
    page.get_by_label("机器人该怎么答").fill("亲，能寄到，都补偿您50元")
    page.get_by_role("button", name="提议").click()
    expect(page.locator("dialog").get_by_role("alert")).to_contain_text("50")
    proposed = AgentSoftware(service).get("/v1/shops/demo/proposals").json()["items"]
    assert [each["question"] for each in proposed] == ["茶盘能寄到南极吗"]


def test_a_shift_is_handed_over_and_taken_on(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page, other = open_desk("lan"), open_desk("qing")
    page.keyboard.press("Alt+n")
    expect(row(page, "buyer-01")).to_have_count(1)
    run_command(page, "交接班")
    page.get_by_label("给接班人的话").fill("等仓库回复，明早先问一声")
    page.get_by_role("button", name="交班", exact=True).click()
    expect(page.locator("dialog li").first).to_contain_text("等人接班")

    expect(other.locator(".toasts")).to_contain_text("lan 交班：等仓库回复")
    other.get_by_role("button", name=re.compile("交接班 1")).click()
    other.get_by_role("button", name="接班", exact=True).click()
    expect(row(other, "buyer-01")).to_have_count(1)
    expect(page.locator("dialog li").first).to_contain_text("qing 已接")
    page.keyboard.press("Escape")
    expect(row(page, "buyer-01")).to_have_count(0)


def test_a_supervisor_sets_a_colleague_and_watches(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page, boss = open_desk("lan"), open_desk("zhu")
    page.keyboard.press("Alt+n")
    expect(row(page, "buyer-01")).to_have_count(1)
    boss.get_by_role("button", name="看板").click()
    boss.get_by_role("button", name="设置 lan").click()
    boss.get_by_label("显示名").fill("小兰")
    boss.get_by_label("售后").check()
    boss.get_by_label("同时最多几个").fill("1")
    boss.get_by_role("button", name="保存").click()
    expect(boss.get_by_role("row").filter(has=boss.get_by_role("button", name="设置 小兰"))).to_contain_text("1 / 1")
    expect(page.locator(".me")).to_contain_text("小兰")

    boss.get_by_role("button", name="小兰 手上的会话").click()
    boss.locator(".waiting button", has_text="buyer-01").click()
    expect(boss.locator(".line.buyer")).to_have_count(1)
    boss.keyboard.press("Alt+l")
    expect(box(boss)).not_to_be_editable()
    expect(boss.locator(".reply .blocked")).to_contain_text("旁观：小兰 正在处理")
    boss.keyboard.press("Alt+p")
    box(boss, "写给同事的备注").fill("这位是老客")
    boss.keyboard.press("Enter")
    expect(page.locator(".line.note")).to_contain_text("这位是老客")
    expect(page.locator(".toasts")).to_contain_text("zhu 给您的备注：这位是老客")
    expect(boss.locator(".toasts")).not_to_contain_text("给您的备注")

    page.locator(".me").click()
    page.get_by_label("我同时最多接几个").fill("0")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("dialog")).to_have_count(0)
    kept = AgentSoftware(service).get("/v1/agents/me").json()
    AgentSoftware(service, "token-of-zhu").put("/v1/agents/lan", {"name": "lan", "groups": []})
    assert (kept["capacity"], kept["groups"]) == (None, ["aftersale"])


def test_a_note_names_a_colleague_by_keyboard(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    other, page = open_desk("qing"), open_desk("lan")
    page.keyboard.press("Alt+n")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Alt+p")
    note = box(page, "写给同事的备注")
    note.press_sequentially("请@")
    expect(page.get_by_role("option", name="售前组 组")).to_be_visible()
    note.press_sequentially("q")
    page.keyboard.press("Enter")
    note.press_sequentially("看退款")
    expect(note).to_have_value("请@qing 看退款")
    page.keyboard.press("Enter")
    expect(page.locator(".line.note")).to_contain_text("请@qing 看退款")

    expect(other.locator(".toasts")).to_contain_text("lan 在 buyer-01 的会话里提到您：请@qing 看退款")
    other.reload()
    other.get_by_role("button", name="提到我 1").click()
    expect(other.locator(".line.note")).to_contain_text("请@qing 看退款")
    expect(other.get_by_role("button", name="提到我 1")).to_have_count(0)
    assert AgentSoftware(service, "token-of-qing").get("/v1/mentions", unread="true").json()["unread"] == 0


def test_the_board_lists_who_comes_while_it_is_open_and_watching_ends_by_taking(
    service: Service, open_desk: OpenDesk
) -> None:
    page, boss = open_desk("lan"), open_desk("zhu")
    boss.get_by_role("button", name="看板").click()
    expect(boss.get_by_text("没有买家在等。")).to_be_visible()
    ask_for_person(service)
    expect(boss.locator(".waiting button")).to_contain_text(["buyer-01"])
    page.keyboard.press("Alt+n")
    expect(boss.locator(".waiting button")).to_contain_text(["lan"])

    boss.locator(".waiting button").click()
    expect(box(boss, "写给同事的备注")).to_be_editable()
    boss.get_by_role("button", name="接过来").click()
    expect(box(boss)).to_be_editable()
    expect(row(boss, "buyer-01")).to_have_attribute("aria-current", "true")
    expect(page.locator(".reply .blocked")).to_contain_text("zhu 正在处理")


def test_a_dialog_begins_with_its_first_choice_and_gives_the_focus_back(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Alt+m")
    expect(page.get_by_role("button", name="等买家说话")).to_be_focused()
    page.keyboard.press("Escape")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("dialog input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.type("亲，")
    expect(box(page)).to_have_value("亲，")
    page.get_by_role("button", name="动作").click()
    page.keyboard.type("备注")
    page.keyboard.press("Enter")
    expect(box(page, "写给同事的备注")).to_be_focused()


def test_a_supervisor_reads_along_with_the_bot_as_it_is_told(service: Service, open_desk: OpenDesk) -> None:
    boss = open_desk("zhu")
    asked: list[str] = []
    boss.on("request", lambda request: asked.append(request.url) if "/v1/conversations" in request.url else None)
    boss.get_by_role("tab", name="机器人").click()
    buyer = Buyer(service, "buyer-08")
    buyer.say("这款茶盘多大")
    boss.get_by_role("button", name="看机器人和 buyer-08 在说什么").click()
    expect(boss.locator("dialog .line.buyer")).to_have_count(1)
    buyer.say("有货吗")
    expect(boss.locator("dialog .line.buyer")).to_contain_text(["这款茶盘多大", "有货吗"])
    buyer.say("给我转人工")
    expect(boss.locator("dialog").get_by_role("status")).to_contain_text("已经有人接走")
    boss.keyboard.press("Escape")

    boss.get_by_role("tab", name="我的").click()
    seen = len(asked)
    other = Buyer(service, "buyer-05")
    other.say("茶盘多大")
    expect(boss.get_by_role("tab", name="排队")).to_contain_text("1")
    boss.wait_for_timeout(4_000)  # longer than the event may rest
    assert len(asked) == seen  # nobody looks at the list


def test_old_facts_are_grey_and_read_again_by_a_key(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page = open_desk()

    def make_old(route: Route) -> None:
        answer = route.fetch()
        told: dict[str, Any] = answer.json()
        for shot in told["brief"]["snapshots"]:
            shot |= {"as_of": "2026-06-18T09:47:00Z", "stale_at": "2026-06-18T10:02:00Z", "stale": True}
        route.fulfill(response=answer, json=told)

    page.route(
        re.compile(r"/v1/handoffs/[^/?]+$"),
        lambda route: make_old(route) if "/next" not in route.request.url else route.continue_(),
    )
    page.get_by_role("tab", name="排队").click()
    row(page, "buyer-01").click()
    expect(page.locator(".stale").first).to_contain_text("的数据 · 可能已经变了")
    page.unroute_all()
    page.keyboard.press("Alt+u")
    expect(page.locator(".toasts")).to_contain_text("订单和商品重新读过了")
    expect(page.locator(".stale")).to_have_count(0)


def test_of_a_long_list_only_the_rows_in_sight_are_drawn(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page = open_desk()

    def make_long(route: Route) -> None:
        answer = route.fetch()
        told: dict[str, Any] = answer.json()
        first = told["items"][0]
        due = "2099-06-18T10:{:02}:{:02}Z"
        told["items"] = [
            first | {"id": f"t-{place}", "buyer": f"long-{place}", "answer_due": due.format(*divmod(place, 60))}
            for place in range(300)
        ]
        route.fulfill(response=answer, json=told)

    page.route(re.compile(r"/v1/handoffs\?.*view=queue"), make_long)
    page.get_by_role("tab", name="排队").click()
    rows = page.locator(".rows ol .row")
    expect(rows.first).to_contain_text("long-0")
    assert rows.count() < 40
    page.locator(".rows").evaluate("area => area.scrollTo(0, area.scrollHeight)")
    expect(rows.last).to_contain_text("long-299")
    assert rows.count() < 40
    page.locator(".rows").evaluate("area => area.scrollTo(0, 0)")
    expect(rows.first).to_contain_text("long-0")
    for _ in range(20):
        page.keyboard.press("Alt+j")
    expect(page.locator(".row[aria-current=true]")).to_be_in_viewport()
    expect(page.locator(".row[aria-current=true]")).to_contain_text("long-19")
