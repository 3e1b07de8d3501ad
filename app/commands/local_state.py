"""Local state of commands: the state folder's secrets and tokens."""

import base64
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from app.commands import terminal
from app.settings import AGENT_TOKEN_FILE, Settings, secret_name, shop_secret, write_private_file

Url = Annotated[str, typer.Option("--url", help="服务地址", envvar="XIAOER_URL", show_default=True)]
DEFAULT_URL = "http://127.0.0.1:8000"
SECRET_BYTES = 32
REST_TOKEN_FILE = "rest_token"  # noqa: S105 (a file's name)


@contextmanager
def explain_unanswered(url: str) -> Iterator[None]:
    """Exits with what to do when the service at `url` is not reached, or does not answer."""
    try:
        yield
    except httpx.ConnectError:
        terminal.exit_with_error(f"连不上 {url}：先在另一个终端运行 make run，或用 --url 指明地址。")
    except httpx.TimeoutException:
        terminal.exit_with_error(f"{url} 没有按时回答：服务可能很忙或刚启动，请过一会儿再试，日志里有原因。")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        terminal.exit_with_error(f"请求没有完成，请检查 --url {url}：{error}")


def find_secret(state_dir: Path, shop: str) -> str:
    """The shop's webhook secret: from the environment, else from the state folder, else empty."""
    return shop_secret(shop) or read_text_file(state_dir / secret_file_name(shop))


def require_secret(state_dir: Path, shop: str) -> str:
    """The shop's webhook secret; exits when there is none, naming the shops that have one."""
    secret = find_secret(state_dir, shop)
    if not secret:
        start = len(secret_file_name(""))
        known = "、".join(sorted(place.name[start:] for place in state_dir.glob(f"{secret_file_name('')}*")))
        others = f"有密钥的店：{known}，用 --shop 选。" if known else ""
        terminal.exit_with_error(
            f"没有店铺 {shop} 的密钥：先启动服务（make run，或 xiaoer serve --demo --shops 店铺的上级文件夹），"
            f"或设置环境变量 {secret_name(shop)}。{others}"
        )
    return secret


def ensure_secret(state_dir: Path, shop: str) -> str:
    """The stored secret; creates it when there is none."""
    found = find_secret(state_dir, shop)
    if found:
        return found
    made = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    write_private_file(state_dir / secret_file_name(shop), made)
    return made


def ensure_token(place: Path) -> str:
    """The random token in this file; creates it, readable by its owner only, when there is none."""
    found = read_text_file(place)
    if found:
        return found
    made = secrets.token_urlsafe(SECRET_BYTES)
    write_private_file(place, made)
    return made


def require_agent_token(given: str) -> str:
    """The given token, else the environment's, else the state folder's; exits when there is none."""
    token = given or os.environ.get("XIAOER_AGENT_TOKEN", "") or read_text_file(Settings().state_dir / AGENT_TOKEN_FILE)
    if not token:
        terminal.exit_with_error(
            "没有客服令牌：请用 --token 或环境变量 XIAOER_AGENT_TOKEN，令牌由 `xiaoer tokens add 名字` 签发。"
        )
    return token


def secret_file_name(shop: str) -> str:
    """The state folder's file for a shop's secret."""
    return secret_name(shop).lower()


def read_text_file(place: Path) -> str:
    """The file's text without its line end; empty when there is no file."""
    return place.read_text(encoding="utf-8").strip() if place.is_file() else ""
