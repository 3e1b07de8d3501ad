"""`xiaoer chat`: replays a file of a buyer's turns against the service, for anyone who wants to see."""

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from app.commands import local_state, terminal
from app.commands.send import TerminalConversation
from app.settings import Settings


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
    said = read_script(script)
    secret = local_state.require_secret(Settings().state_dir, shop)
    context = {"product_id": product} if product else {}
    line = TerminalConversation(url, shop, secret, buyer, f"script-{uuid4().hex[:12]}", context)
    with local_state.explain_unanswered(url):
        for text in said:
            body = line.send_message(text, f"script-{uuid4().hex[:12]}", "text")
            terminal.print_text(f"买家：{text}")
            for reply in body["replies"]:
                terminal.print_text(f"小二：{reply['text']}")


def read_script(script: Path) -> list[str]:
    """The lines to send, in order; exits where there is no such file, or nothing in it to send."""
    from app.shop.raw_table import UnreadableTableError
    from app.shop.table import decode_text

    try:
        written = decode_text(script.read_bytes())
    except OSError:
        terminal.exit_with_error(f"{script} 打不开，请检查 --script 的路径：一个文本文件，一行一句买家的话。")
    except UnreadableTableError:
        terminal.exit_with_error(f"{script} 不是文本文件，请用记事本存成 UTF-8。")
    said = [line for line in map(str.strip, written.splitlines()) if line and not line.startswith("#")]
    if not said:
        terminal.exit_with_error(f"{script} 里没有要发的话：请一行写一句买家的话。")
    return said
