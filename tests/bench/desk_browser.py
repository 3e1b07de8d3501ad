"""How quick the desk is in a real browser: rows shown, conversations opened, and how busy its main thread is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from tests.bench.client import median
from tests.journeys.service import Service

CHROMIUM = Path("/usr/bin/chromium")
SIZE = {"width": 1440, "height": 900}
LOADS = 5
OPENED = 30
ROW_HEIGHT = 62
SETTLING_MS = 3_000
PATIENCE_MS = 60_000

# When the first row was in the document, in milliseconds since the page was asked for.
NOTE_FIRST_ROW = """
window.firstRow = new Promise((done) => {
  new MutationObserver((_, observer) => {
    if (!document.querySelector(".row")) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now()));
  }).observe(document, { childList: true, subtree: true });
});
"""
# From the click on a tab to its first row on the screen.
SHOW_TAB = """
async (name) => {
  const began = performance.now();
  document.getElementById(`tab-${name}`).click();
  await new Promise((done) => {
    const look = () => {
      const rows = document.querySelectorAll(".row");
      if (rows.length > 10) done(); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return performance.now() - began;
}
"""
# From the click on a row to its buyer's words and brief on the screen.
OPEN_ROW = """
async ([id, buyer]) => {
  const began = performance.now();
  document.querySelector(`.row[data-id="${id}"]`).click();
  await new Promise((done) => {
    const look = () => {
      const here = document.querySelector(".talk h2")?.textContent === buyer;
      const read = document.querySelector(".lines .line.buyer") && document.querySelector(".brief section");
      const busy = document.querySelector(".lines")?.getAttribute("aria-busy") === "true";
      if (here && read && !busy) done(); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return performance.now() - began;
}
"""
ROWS_SHOWN = """
() => [...document.querySelectorAll(".row")].map((row) => [row.dataset.id, row.querySelector("b").textContent])
"""


@dataclass(frozen=True)
class Desk:
    """A desk that is open in a browser."""

    page: Page

    def open_rows(self, count: int = OPENED) -> list[float]:
        """Milliseconds from click to conversation and brief, of rows never opened before."""
        taken: list[float] = []
        seen = set[str]()
        while len(taken) < count:
            fresh = [row for row in self.page.evaluate(ROWS_SHOWN) if row[0] not in seen][:10]
            for row in fresh:
                seen.add(row[0])
                taken.append(self.page.evaluate(OPEN_ROW, row))
                self.page.wait_for_timeout(200)
            self.page.evaluate("(by) => document.getElementById('rows').scrollBy(0, by)", ROW_HEIGHT * len(fresh))
            self.page.wait_for_timeout(200)
        return taken[:count]

    def busy_share(self, seconds: float) -> float:
        """The share of this time in which the page's main thread worked."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable")
        before = _task_seconds(session.send("Performance.getMetrics"))
        self.page.wait_for_timeout(seconds * 1000)
        return (_task_seconds(session.send("Performance.getMetrics")) - before) / seconds


def _task_seconds(metrics: dict[str, Any]) -> float:
    found: float = next(each["value"] for each in metrics["metrics"] if each["name"] == "TaskDuration")
    return found


@contextmanager
def signed_in(service: Service, token: str) -> Iterator[tuple[Browser, StorageState]]:
    """A browser, and the session of an agent who has signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport=SIZE)
        page = context.new_page()
        page.goto(f"{service.url()}/desk")
        page.get_by_label("客服令牌").fill(token)
        page.get_by_role("button", name="登录").click()
        page.wait_for_selector(".rows")
        session = context.storage_state()
        context.close()
        yield browser, session
        browser.close()


def first_rows(browser: Browser, session: StorageState, service: Service) -> tuple[float, Desk]:
    """Milliseconds from asking for the page to the first row, nothing cached: the median; and the desk last opened."""
    taken: list[float] = []
    context: BrowserContext | None = None
    for _ in range(LOADS):
        if context:
            context.close()
        context = browser.new_context(viewport=SIZE, storage_state=session)
        context.add_init_script(NOTE_FIRST_ROW)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{service.url()}/desk", wait_until="commit")
        page.wait_for_selector(".row")
        taken.append(page.evaluate("window.firstRow"))
        page.wait_for_timeout(SETTLING_MS)
    return median(taken), Desk(page)


def show_queue(desk: Desk) -> float:
    """Milliseconds from the click on the queue's tab to its rows."""
    taken: float = desk.page.evaluate(SHOW_TAB, "queue")
    desk.page.wait_for_timeout(SETTLING_MS)
    return taken
