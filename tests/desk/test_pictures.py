"""Pictures from the desk to the buyer: chosen, pasted or dropped, and what cannot be sent is told at once."""

import base64

from playwright.sync_api import FileChooser, Locator, Page, expect

from tests.desk.conftest import OpenDesk
from tests.desk.test_desk import ask_for_person, box, lines_of
from tests.journeys.service import Service

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HAND_OVER = """([text, event, selector]) => {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "one.png", {type: "image/png"}));
    const made = event === "paste"
        ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
        : new DragEvent(event, {dataTransfer: data, bubbles: true, cancelable: true});
    document.querySelector(selector).dispatchEvent(made);
    return made.defaultPrevented;
}"""


def tray(page: Page) -> Locator:
    return page.get_by_role("list", name="要发的图片").get_by_role("listitem")


def test_pictures_are_chosen_pasted_and_dropped(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page = open_desk()
    choosers: list[FileChooser] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))  # noqa: PLW0108 (Playwright wants a Python function)
    page.keyboard.press("Alt+n")
    expect(box(page)).to_be_editable()
    page.keyboard.press("Alt+i")
    while not choosers:
        page.wait_for_timeout(50)
    choosers[0].set_files({"name": "one.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(tray(page)).to_have_count(1)
    pixel = base64.b64encode(PIXEL).decode()
    assert page.evaluate(HAND_OVER, [pixel, "paste", ".reply textarea"])
    expect(tray(page)).to_have_count(2)
    assert page.evaluate(HAND_OVER, [pixel, "drop", ".brief"])
    expect(tray(page)).to_have_count(3)
    expect(page.get_by_text("正在上传")).to_have_count(0)

    page.reload()
    page.locator(".row", has_text="buyer-01").click()
    expect(tray(page)).to_have_count(3)
    tray(page).first.get_by_role("button", name="去掉").click()
    box(page).fill("亲，是这两款吗")
    page.keyboard.press("Enter")
    expect(tray(page)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(tray(page)).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator(".line.agent:not(.pending) img")).to_have_count(2)
    parts = lines_of(service)[-1]["parts"]
    assert [part["type"] for part in parts] == ["text", "image", "image"]


def test_what_is_no_picture_or_too_large_is_told_at_once(service: Service, open_desk: OpenDesk) -> None:
    ask_for_person(service)
    page = open_desk()
    page.keyboard.press("Alt+n")
    choose = page.locator("#pictures")
    choose.set_input_files({"name": "big.png", "mimeType": "image/png", "buffer": PIXEL + bytes(5 * 1024 * 1024)})
    expect(page.get_by_text("最大 5 MB")).to_be_visible()
    choose.set_input_files({"name": "one.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    expect(page.get_by_text("只能发 JPG")).to_be_visible()
    expect(tray(page)).to_have_count(0)
    choose.set_input_files({"name": "text.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(tray(page).get_by_role("alert")).to_contain_text("图片")
    box(page).fill("亲")
    page.keyboard.press("Enter")
    expect(page.locator(".line.agent:not(.pending)")).to_contain_text(["亲"])
    assert not lines_of(service)[-1].get("parts")
