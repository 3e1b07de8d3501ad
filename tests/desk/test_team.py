"""What people do with each other at the desk: phrases and questions kept, shifts handed over, colleagues set."""

import re

from playwright.sync_api import Page, expect

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
