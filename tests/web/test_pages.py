"""The pages' HTML, its content policy and its built files."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.web.pages import DESK, install_pages
from tests.web.house import bare_app, client_of


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / DESK).parent.mkdir(parents=True)
    (tmp_path / DESK).write_text("<!doctype html><title>desk</title>", encoding="utf-8")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-1a2b.js").write_text("1", encoding="utf-8")
    return tmp_path


def _app(built: Path) -> FastAPI:
    app = bare_app()
    install_pages(app, built)
    return app


async def _get(built: Path, path: str) -> httpx.Response:
    async with client_of(_app(built)) as client:
        return await client.get(path)


async def test_the_desk_runs_nothing_but_our_own_files(built: Path) -> None:
    page = await _get(built, "/desk")

    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert page.status_code == 200
    assert "desk" in page.text
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["connect-src"], policy["frame-ancestors"]) == ("'self'", "'none'")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-cache"


async def test_a_built_file_is_kept_for_ever_and_its_page_is_asked_for_again(built: Path) -> None:
    script = await _get(built, "/assets/index-1a2b.js")

    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/assets/none.js", "/assets/../handoff/desk/index.html", "/assets/%2e%2e/x"])
async def test_nothing_else_is_a_built_file(built: Path, path: str) -> None:
    assert (await _get(built, path)).status_code == 404


async def test_a_checkout_without_built_pages_says_how_to_build_them(tmp_path: Path) -> None:
    page = await _get(tmp_path, "/desk")

    assert page.status_code == 503
    assert "make pages" in page.text


async def test_the_front_door_leads_to_the_desk(built: Path) -> None:
    door = await _get(built, "/")

    assert (door.status_code, door.headers["location"]) == (307, "/desk")
