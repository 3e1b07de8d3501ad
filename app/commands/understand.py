"""`xiaoer understand`: prints what is understood in messages."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import terminal
from app.settings import Settings

if TYPE_CHECKING:
    from app.tenants.registry import OpenShop


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(understand)


Shops = Annotated[Path | None, typer.Option("--shops", help="店铺文件夹的上级目录，默认自带的 faq/")]


def understand(
    shop: Annotated[str, typer.Option("--shop", help="店铺")] = "demo",
    shops: Shops = None,
) -> None:
    """从标准输入每行读一条消息，每行输出一个 JSON：意图、把握、候选、问答、决定、实体。"""
    from app.main import load_single_shop

    folder = shops or Settings().shops_dir
    found, traits = load_single_shop(folder, shop)
    opened = require_open_shop(found, shop, folder)
    for line in _decode_lines(sys.stdin.buffer):
        sys.stdout.write(json.dumps(_describe_message(opened, traits, line), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _decode_lines(stream: Iterable[bytes]) -> Iterable[str]:
    for raw in stream:
        yield raw.decode("utf-8", errors="replace").rstrip("\r\n")


def _describe_message(opened: "OpenShop", traits: Any, text: str) -> dict[str, Any]:
    from app.dialogue.policy import decide_request
    from app.domain.step import Step
    from app.domain.understanding import Understanding
    from app.turns.step import most_severe_step

    read: Understanding = opened.reader.understand(text)
    thresholds = opened.shop.settings.thresholds
    steps = tuple(
        Step(request, decide_request(request, thresholds, traits, misses=0, mapped=opened.intent_of))
        for request in read.requests
    )
    whole = read.whole or read.requests[0]
    verdict = most_severe_step(steps).verdict
    faqs = whole.faqs
    return {
        "text": text,
        "intent": whole.intents[0].intent,
        "confidence": whole.intents[0].confidence,
        "ranking": [[score.intent, score.confidence] for score in whole.intents],
        "faq": faqs[0].entry_id if faqs else None,
        "faq_confidence": faqs[0].confidence if faqs else 0.0,
        "action": verdict.action.value,
        "reason": verdict.reason.value if verdict.reason else None,
        "entities": [
            {"kind": entity.kind.value, "text": entity.text, "value": _json_value(entity.value)}
            for entity in read.entities
        ],
        "requests": [request.text for request in read.requests],
    }


def _json_value(value: Any) -> Any:
    return value if isinstance(value, str | int) else str(value)


def require_open_shop(found: "OpenShop | None", shop: str, folder: Path) -> "OpenShop":
    """The open shop, or an exit that says how to find out what is wrong."""
    if found is None:
        terminal.exit_with_error(f"没有店铺 {shop}，或它的文件有错：请运行 xiaoer check {folder / shop}")
    return found
