"""The built desk in a real browser, over a running service. What is missing fails here and says how to get it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from app.web.pages import BUILT, DESK
from tests.journeys.service import SERVICE, AgentSoftware, Service, running

CHROMIUM = "/usr/bin/chromium"
WIDE, NARROW = (1440, 900), (390, 844)
WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
EXPECTED_NOISE = re.compile(r"Failed to load resource|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING")

OpenDesk = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not (BUILT / DESK).is_file():
        pytest.fail("the pages are not built: make pages")
    program = shutil.which("chromium") or CHROMIUM
    if not Path(program).exists():
        pytest.fail("there is no Chromium: make packages")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("desk")) as found:
        yield found


@pytest.fixture
def open_desk(chromium: Browser, service: Service) -> Iterator[OpenDesk]:
    """Opens the desk as an agent in a browser of its own; at the end no page may have broken its policy or failed."""
    pages: list[Page] = []
    complaints: list[str] = []

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED_NOISE.search(message.text):
            complaints.append(message.text)

    def open_page(agent: str = "lan", *, size: tuple[int, int] = WIDE, url: str = "", token: str = "") -> Page:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        context.add_init_script(WATCH_POLICY)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", note_message)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        pages.append(page)
        page.goto(url or f"{service.url()}/desk")
        if "#code=" not in url:
            page.get_by_label("客服令牌").fill(token or f"token-of-{agent}")
            page.get_by_role("button", name="登录").click()
        page.wait_for_selector(".rows")
        page.wait_for_selector(".connection", state="detached")
        return page

    yield open_page
    broken = [each for page in pages if not page.is_closed() for each in page.evaluate("window.violations")]
    for page in pages:
        page.context.close()
    assert (broken, complaints) == ([], [])


@pytest.fixture(autouse=True)
def settle(service: Service) -> Iterator[None]:
    """Every test begins without an open ticket."""
    yield
    boss = AgentSoftware(service, "token-of-guan")
    for row in boss.get("/v1/handoffs", view="open", limit=100).json()["items"]:
        boss.post(f"/v1/handoffs/{row['id']}/return")


def sign_in_link(service: Service, agent: str) -> str:
    """A link for a new agent, as an operator gets one at the terminal."""
    _run_command(service, "tokens", "add", agent)
    return _run_command(service, "tokens", "code", agent, "--link", "--url", service.url())


def _run_command(service: Service, *words: str) -> str:
    own = {"XIAOER_STATE_DIR": str(service.state), "XIAOER_DATABASE_URL": ""}
    command = [sys.executable, *SERVICE, *words]
    ran = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=True)  # noqa: S603 (ours)
    return ran.stdout.strip()
