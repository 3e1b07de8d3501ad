"""How the commands ask a running service: one request, or a list page after page."""

from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import typer

from app.commands import local_state, terminal

Token = Annotated[str, typer.Option("--token", help="客服令牌；默认用演示令牌", envvar="XIAOER_AGENT_TOKEN")]
MOST_A_PAGE = 100


def call_api(method: str, path: str, url: str, token: str, **parts: Any) -> Any:
    """Sends one request to the service; exits with the problem's sentence when it is refused."""
    headers = {"authorization": f"Bearer {local_state.require_agent_token(token)}"}
    with local_state.explain_unanswered(url):
        response = httpx.request(method, url.rstrip("/") + path, headers=headers, timeout=10, **parts)
    return terminal.read_document(response)


def iterate_items(path: str, url: str, token: str, wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A list page after page, each fetched when it is come to."""
    asked = {"limit": MOST_A_PAGE, **wanted}
    while True:
        page = call_api("GET", path, url, token, params=asked)
        yield from page["items"]
        if not page["next"]:
            return
        asked["cursor"] = page["next"]
