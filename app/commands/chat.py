"""`xiaoer chat`: replays a file of a buyer's turns against the service, for anyone who wants to see."""

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import httpx
import typer

from app.commands import local_state, terminal
from app.commands.send import TerminalConversation
from app.settings import Settings, secret_name


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(chat)


def chat(
    script: Annotated[Path, typer.Option(help="买家的话，一行一条；# 开头的行不发")],
    shop: Annotated[str, typer.Option(help="店铺")] = "demo",
    buyer: Annotated[str, typer.Option(help="买家编号")] = "buyer-01",
    product: Annotated[str, typer.Option(help="买家正在看的商品编号")] = "",
    url: local_state.Url = local_state.DEFAULT_URL,
) -> None:
    """把一个文件里的话按先后发给服务，打印每一句的回复。每次都是新的会话。"""
    secret = local_state.find_secret(Settings().state_dir, shop)
    if not secret:
        terminal.exit_with_error(f"没有店铺 {shop} 的密钥：先运行 make run，或设置环境变量 {secret_name(shop)}。")
    context = {"product_id": product} if product else {}
    line = TerminalConversation(url, shop, secret, buyer, f"script-{uuid4().hex[:12]}", context)
    try:
        for said in read_script(script):
            body = line.send_message(said, f"script-{uuid4().hex[:12]}", "text")
            terminal.print_text(f"买家：{said}")
            for reply in body["replies"]:
                terminal.print_text(f"小二：{reply['text']}")
    except httpx.HTTPError as error:
        terminal.exit_with_error(f"请求没有完成：{error}")


def read_script(script: Path) -> list[str]:
    """The lines to send, in order."""
    lines = map(str.strip, script.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
