"""`xiaoer ask`: answers questions without a server, with an explanation on demand."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from app.commands import terminal
from app.domain.clock import utc_now
from app.domain.message import ConversationKey, Message, MessageContext, Sender
from app.settings import Settings


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ask)


def ask(
    text: Annotated[list[str], typer.Argument(help="买家的话；写几句就按先后各算一条消息")],
    shop: Annotated[str, typer.Option(help="店铺")] = "demo",
    shops: Annotated[Path | None, typer.Option(help="店铺文件夹的上级目录，默认自带的 faq/")] = None,
    buyer: Annotated[str, typer.Option(help="买家编号")] = "buyer-01",
    product: Annotated[str | None, typer.Option(help="买家正在看的商品编号")] = None,
    order: Annotated[str | None, typer.Option(help="买家正在看的订单号")] = None,
    trace: Annotated[bool, typer.Option("--trace", help="打印分词、实体、候选、决定和依据")] = False,
) -> None:
    """不启动服务，直接问一句，看它怎么答、为什么这么答。什么都不会保存。"""
    with tempfile.TemporaryDirectory() as folder:
        given = {"state_dir": Path(folder), "database_url": "", **({"shops_dir": shops} if shops else {})}
        settings = Settings(**given)  # type: ignore[arg-type]  # pydantic reads the types
        asyncio.run(_answer_texts(settings, text, shop, buyer, MessageContext(product, None, order), trace=trace))


async def _answer_texts(
    settings: Settings, texts: list[str], shop: str, buyer: str, context: MessageContext, *, trace: bool
) -> None:
    from app.main import build_components

    parts = await build_components(settings, only=frozenset({shop}))
    try:
        if shop not in parts.shops.shop_ids:
            terminal.exit_with_error(
                f"没有店铺 {shop}，或它的文件有错：请运行 xiaoer check {settings.shops_dir / shop}"
            )
        for text in texts:
            now = utc_now()
            key = ConversationKey(shop, "ask", "ask")
            message = Message(uuid4().hex, key, Sender(buyer), text, now, now, context=context)
            body = await parts.responder.respond(message)
            terminal.print_text(f"买家：{text}")
            for reply in body["replies"]:
                terminal.print_text(f"小二：{reply['text']}")
            if trace:
                terminal.print_document(await parts.trace_view.get_trace(body["trace_id"]))
    finally:
        await parts.close()
