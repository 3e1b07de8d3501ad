"""`xiaoer ask`: answers questions without a server, with what was near and why."""

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from app.commands import terminal
from app.domain.message import MessageContext
from app.settings import Settings

if TYPE_CHECKING:
    from app.commands.trial import TrialReply, TrialShop


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ask)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The messages of one buyer, and what he looks at."""

    texts: Sequence[str]
    buyer: str
    context: MessageContext


def ask(
    text: Annotated[list[str], typer.Argument(help="买家的话；写几句就按先后各算一条消息")],
    shop: Annotated[str, typer.Option(help="店铺")] = "demo",
    shops: Annotated[Path | None, typer.Option(help="店铺文件夹的上级目录，默认自带的 faq/")] = None,
    draft: Annotated[
        Path | None, typer.Option("--draft", help="改好还没启用的店铺文件夹：和现在的店铺并排答一遍")
    ] = None,
    buyer: Annotated[str, typer.Option(help="买家编号")] = "buyer-01",
    product: Annotated[str | None, typer.Option(help="买家正在看的商品编号")] = None,
    order: Annotated[str | None, typer.Option(help="买家正在看的订单号")] = None,
    trace: Annotated[bool, typer.Option("--trace", help="再打印程序用的 JSON：分词、实体、候选、决定和依据")] = False,
) -> None:
    """不启动服务，直接问一句，看它怎么答、为什么这么答、还像哪几条。什么都不会保存。"""
    folder = (shops or Settings().shops_dir) / shop
    asked = _Asked(text, buyer, MessageContext(product, None, order))
    if draft is None:
        asyncio.run(_print_answers(folder.resolve(), asked, trace=trace))
    else:
        asyncio.run(_compare_answers(folder.resolve(), draft.resolve(), asked))


async def _print_answers(folder: Path, asked: _Asked, *, trace: bool) -> None:
    from app.commands.explain import explain_reply
    from app.commands.trial import open_trial

    async with open_trial(folder, with_reader=True) as trial:
        opened = _require_trial(trial, folder)
        for reply in await _ask_texts(opened, asked):
            _print_reply(reply)
            for line in explain_reply(reply, opened.opened, _intent_titles(opened)):
                terminal.print_text(line)
            if trace:
                terminal.print_document(await opened.parts.trace_view.get_trace(reply.trace_id))


async def _compare_answers(live: Path, draft: Path, asked: _Asked) -> None:
    """The same messages to both folders, each in a conversation of its own."""
    from app.commands.explain import explain_reply
    from app.commands.trial import open_trial

    shown: list[list[tuple[TrialReply, list[str]]]] = []
    for folder in (live, draft):
        async with open_trial(folder, with_reader=True) as trial:
            opened = _require_trial(trial, folder)
            replies = await _ask_texts(opened, asked)
            titles = _intent_titles(opened)
            shown.append([(reply, list(explain_reply(reply, opened.opened, titles))) for reply in replies])
    for (now, why_now), (then, why_then) in zip(*shown, strict=True):
        terminal.print_text(f"买家：{now.text}")
        same = now.reply == then.reply
        for title, reply, why in (("现在", now, why_now), ("草稿", then, why_then)):
            terminal.print_text(f"{title}：{reply.reply or '（不作声）'}")
            for line in why:
                terminal.print_text(line)
        terminal.print_text("  → 一样" if same else "  → 不一样")


async def _ask_texts(trial: "TrialShop", asked: _Asked) -> "list[TrialReply]":
    conversation = uuid4().hex
    return [
        await trial.ask_text(text, conversation=conversation, buyer=asked.buyer, context=asked.context, explain=True)
        for text in asked.texts
    ]


def _require_trial(trial: "TrialShop | None", folder: Path) -> "TrialShop":
    if trial is None:
        if not folder.is_dir():
            terminal.exit_with_error(
                f"没有店铺 {folder.name}：{folder.parent} 里没有这个文件夹，请检查 --shop 和 --shops。"
            )
        terminal.exit_with_error(f"店铺 {folder.name} 的文件有错：请运行 xiaoer check {shlex.quote(str(folder))}")
    if trial.left_out:
        check = f"xiaoer check {shlex.quote(str(folder))}"
        terminal.print_warning(f"文件里有 {trial.left_out} 处错误，所在的那几条没有用到：{check}")
    return trial


def _intent_titles(trial: "TrialShop") -> Mapping[str, str]:
    return {intent: definition.title for intent, definition in trial.parts.catalogue.items()}


def _print_reply(reply: "TrialReply") -> None:
    terminal.print_text(f"买家：{reply.text}")
    for line in reply.replies:
        terminal.print_text(f"小二：{line}")
