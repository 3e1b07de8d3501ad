"""`xiaoer learn`: what buyers asked in vain, as FAQ rows to finish; and how much each row is used."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import terminal
from app.commands.replay import MOST_TURNS, Since, parse_since
from app.commands.store_access import run_with_store
from app.domain.clock import utc_now
from app.settings import Settings

if TYPE_CHECKING:
    from app.domain.catalogue import FaqEntry
    from app.domain.history import PastTurn
    from app.evaluation.learning import MissCluster

_SHOWN = 20
_SAVED = "已保存 {place}：补好答案，删掉不要的行，放进店铺文件夹，再运行 xiaoer check。"


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(learn)


def learn(
    since: Since = "30d",
    shop: Annotated[str, typer.Option(help="店铺")] = "demo",
    shops: Annotated[Path | None, typer.Option(help="店铺文件夹的上级目录，默认自带的 faq/")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="没答上的问题存成问答表（.xlsx），带草稿答案")] = None,
    rows: Annotated[Path | None, typer.Option("--rows", help="每条问答用了几次，存成表格（.csv）")] = None,
    fewest: Annotated[int, typer.Option(help="至少问过几次才列出来")] = 1,
    most: Annotated[int, typer.Option(help="最多看几条消息，从新到旧")] = MOST_TURNS,
) -> None:
    """从存下的消息里学：没答上的、反问两次的、答了又转人工的，归成一类类，配上客服的回答；还有每条问答的用量。"""
    from app.evaluation.learned_sheet import describe_cluster, learned_workbook, row_use_csv
    from app.evaluation.learning import count_row_uses

    terminal.require_ending(out, ".xlsx")
    terminal.require_ending(rows, ".csv")
    begin = parse_since(since, utc_now())
    past = run_with_store(lambda store: store.load_past_turns(shop, begin, limit=most))
    if not past:
        terminal.exit_with_error(f"{since} 以来没有 {shop} 的消息：请检查 --shop、--since 和数据库设置。")
    folder = ((shops or Settings().shops_dir) / shop).resolve()
    with terminal.show_progress(f"打开店铺，把 {len(past)} 条消息归类"):
        clusters, entries, titles = asyncio.run(_learn_folder(folder, past, fewest))
    terminal.print_text(f"{since} 以来 {len(past)} 条消息，{len(clusters)} 类问题没答好：")
    for cluster in clusters[:_SHOWN]:
        terminal.print_text(f"  {describe_cluster(cluster)}")
    uses = count_row_uses(past, entries)
    dead = [use for use in uses if not use.hits]
    terminal.print_text(f"{len(uses)} 条问答里，{len(uses) - len(dead)} 条用到过，{len(dead)} 条没有用到过。")
    if out:
        terminal.save_file(out, learned_workbook(clusters, titles), _SAVED)
    if rows:
        terminal.save_file(rows, row_use_csv(uses))


async def _learn_folder(
    folder: Path, past: "Sequence[PastTurn]", fewest: int
) -> "tuple[list[MissCluster], Sequence[FaqEntry], Mapping[str, str]]":
    """The clusters that no row answers by now, the shop's rows, and the intents' titles."""
    from app.commands.trial import open_trial
    from app.evaluation.learning import cluster_misses, find_misses
    from app.language.text import normalise
    from app.understanding.intent.features import canonicalize
    from app.understanding.understander import ShopUnderstander

    async with open_trial(folder) as trial:
        if trial is None or not isinstance(reader := trial.reader, ShopUnderstander):
            terminal.exit_with_error(f"{folder} 打不开：请运行 xiaoer check {folder}")

        def encode_texts(texts: Sequence[str]) -> Any:
            return reader.reader.encoder.encode_texts([canonicalize(normalise(text)) for text in texts]).vectors

        clusters = cluster_misses(find_misses(past), encode_texts, fewest=fewest)
        limit = trial.opened.shop.settings.thresholds.answer
        unknown = [
            cluster
            for cluster in clusters
            if all(score.confidence < limit for score in reader.understand(cluster.name).requests[0].faqs[:1])
        ]
        titles = {intent: definition.title for intent, definition in trial.parts.catalogue.items()}
        return unknown, trial.opened.shop.faq, titles
