"""The pages: their HTML under a strict content policy, and their built files, which never change under one name."""

from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.errors import error_sentence

BUILT = Path(__file__).with_name("built")
DESK = Path("handoff", "desk", "index.html")
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data: https:; "  # buyers' pictures, by address
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGE_HEADERS = {"content-security-policy": CONTENT_POLICY, "x-frame-options": "DENY", "cache-control": "no-cache"}


class BuiltFiles(StaticFiles):
    """Files whose names carry a hash of what they hold: whoever has one never asks again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file, or 404."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def install_pages(app: FastAPI, built: Path = BUILT) -> None:
    """Adds /desk and /assets, and leads / to the desk; `built` is the bundler's output."""

    async def show_desk() -> Response:
        page = built / DESK
        if not page.is_file():
            return PlainTextResponse(
                error_sentence("pages_unbuilt"), HTTPStatus.SERVICE_UNAVAILABLE, headers=PAGE_HEADERS
            )
        return FileResponse(page, media_type="text/html", headers=PAGE_HEADERS)

    async def redirect_to_desk() -> RedirectResponse:
        return RedirectResponse("/desk")

    app.add_api_route("/", redirect_to_desk, include_in_schema=False)
    app.add_api_route("/desk", show_desk, include_in_schema=False)
    app.mount("/assets", BuiltFiles(directory=built / "assets", check_dir=False))
