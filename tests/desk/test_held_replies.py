"""What was said a moment ago: it is the service's, whatever becomes of the page."""

from playwright.sync_api import expect

from tests.desk.conftest import OpenDesk
from tests.desk.test_desk import ask_for_person, box, lines_of, row
from tests.journeys.service import AgentSoftware, Service


def said_to(service: Service, ticket: str) -> list[str]:
    lines = AgentSoftware(service).get(f"/v1/handoffs/{ticket}/lines").json()["lines"]
    return [line["text"] for line in lines if line["author"] == "agent"]


def test_a_reply_leaves_although_its_page_is_gone_and_before_its_writer_moves_on(
    service: Service, open_desk: OpenDesk
) -> None:
    ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    box(page).fill("亲，马上查")
    page.keyboard.press("Enter")
    expect(page.locator(".line.pending")).to_contain_text("撤回")
    page.close()
    again = open_desk()
    row(again, "buyer-01").click()
    expect(again.locator(".line.agent:not(.pending)")).to_contain_text(["亲，马上查"])
    ticket = AgentSoftware(service).get("/v1/handoffs", view="mine").json()["items"][0]["id"]

    box(again).fill("亲，查到了，再见")
    again.keyboard.press("Enter")
    again.keyboard.press("Alt+b")
    again.get_by_label("办妥了什么").fill("已答应明天补发")
    again.keyboard.press("Enter")
    expect(again.get_by_text("已交还机器人")).to_be_visible()

    assert said_to(service, ticket) == ["亲，马上查", "亲，查到了，再见"]
    back = AgentSoftware(service).get(f"/v1/handoffs/{ticket}").json()["history"][-1]
    assert (back["change"], back["text"]) == ("ticket.returned", "已答应明天补发")


def test_a_time_is_chosen_and_a_buyer_who_writes_first_gives_it_back(service: Service, open_desk: OpenDesk) -> None:
    buyer = ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    box(page).fill("亲，到货了")
    page.keyboard.press("Alt+s")
    page.get_by_role("button", name="2 小时后").click()
    expect(page.locator(".line.pending")).to_contain_text("定在")
    page.reload()
    row(page, "buyer-01").click()
    buyer.say("不用了")

    expect(page.locator(".line.stopped")).to_contain_text("没有发出：又有人说了话", timeout=15_000)
    expect(row(page, "buyer-01")).to_contain_text("1 句没发出")
    page.get_by_role("button", name="放回输入框").click()
    expect(box(page)).to_have_value("亲，到货了")
    expect(page.locator(".line.stopped")).to_have_count(0)
    assert [line["author"] for line in lines_of(service)][-1] == "buyer"


def test_a_time_is_told_only_once_the_service_has_agreed_and_a_note_has_none(
    service: Service, open_desk: OpenDesk
) -> None:
    ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Alt+p")
    page.keyboard.type("他要退货")
    page.keyboard.press("Alt+s")
    expect(page.locator(".toast.warns")).to_contain_text("备注不能定时")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.keyboard.press("Alt+l")
    box(page).fill("亲，到货了")
    page.keyboard.press("Alt+s")
    page.context.set_offline(True)
    page.get_by_role("button", name="2 小时后").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("连不上服务")
    expect(page.locator(".toast", has_text="已定在")).to_have_count(0)
    page.context.set_offline(False)
    page.get_by_role("button", name="2 小时后").click()
    expect(page.locator(".toast", has_text="已定在")).to_be_visible()
    expect(box(page)).to_have_value("")
    expect(page.locator(".line.pending")).to_contain_text("定在")
