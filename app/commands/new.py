"""`xiaoer new`: writes a small shop of one trade, with a workbook to fill in."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import terminal
from app.settings import Settings

if TYPE_CHECKING:
    from app.shop.starter import ShopPromises


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(new)


def new(
    folder: Annotated[Path, typer.Argument(help="新店的文件夹，文件夹的名字就是店铺代号，例如 shops/mianduo")],
    *,
    name: Annotated[str, typer.Option(help="店名；不写会问")] = "",
    trade: Annotated[
        str,
        typer.Option(
            help="行业：clothing 服装、food 食品、home 家居、beauty 美妆个护、electronics 数码家电、other 其他"
        ),
    ] = "",
    ship_hours: Annotated[
        int | None, typer.Option(min=0, max=720, help="付款后几小时内发货；不写会问，0 表示不承诺")
    ] = None,
    cut_off: Annotated[str, typer.Option(help="几点前付款当天发，例如 16:00")] = "",
    returns_days: Annotated[int | None, typer.Option(min=0, help="签收后几天内可以无理由退货")] = None,
    courier: Annotated[list[str] | None, typer.Option(help="用哪家快递，可以写几次")] = None,
    ships_from: Annotated[str, typer.Option(help="从哪里发货")] = "",
    opens: Annotated[str, typer.Option(help="人工客服几点上班")] = "09:00",
    closes: Annotated[str, typer.Option(help="人工客服几点下班")] = "22:00",
) -> None:
    """新开一家店：写好 shop.yml、问答、商品表和填写模板。只写您答应过的事，没有演示店的内容。"""
    from app.shop.starter import ShopPromises, find_refused_promises, list_trades, write_shop
    from intents._framework.registry import load_intents

    if folder.exists() and any(folder.iterdir()):
        terminal.exit_with_error(f"{folder} 里已经有文件，没有改动。请换一个名字，或先清空。")
    trades = list_trades()
    name = name or typer.prompt("店名")
    trade = _choose_trade(trade, trades)
    if ship_hours is None:
        ship_hours = typer.prompt("付款后几小时内发货（0 表示不承诺）", type=int, default=48)
    promises = ShopPromises(ship_hours or None, cut_off, returns_days, tuple(courier or ()), ships_from, opens, closes)
    if refused := find_refused_promises(name, promises):
        listed = "\n".join(f"  --{key.replace('_', '-')}：{reason}" for key, reason in refused)
        terminal.exit_with_error(f"没有写店，请改好再来：\n{listed}")
    titles = [definition.title for definition in load_intents(Settings().intents_dir).values()]
    files = write_shop(name, trade, promises, titles)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
    except OSError:
        terminal.refuse_place(folder)
    terminal.print_text(_next_steps(folder, name, trades[trade]))
    _tell_unkept(promises)


def _tell_unkept(promises: "ShopPromises") -> None:
    """What was given and could not be written: shop.yml has no shipping promise without its hours."""
    given = {
        "--cut-off": promises.cut_off,
        "--courier": promises.couriers,
        "--returns-days": promises.returns_days is not None,
        "--ships-from": promises.ships_from,
    }
    unkept = "、".join(option for option, value in given.items() if value)
    if unkept and not promises.ship_hours:
        terminal.print_warning(
            f"您没有承诺几小时发货，{unkept} 没有写进去：shop.yml 的 authority.shipping 里要先有 within_hours。"
        )


def _choose_trade(given: str, trades: dict[str, str]) -> str:
    by_name = {title: trade for trade, title in trades.items()} | {trade: trade for trade in trades}
    listed = "、".join(f"{trade} {title}" for trade, title in trades.items())
    chosen = given or typer.prompt(f"行业（{listed}）")
    if chosen not in by_name:
        terminal.exit_with_error(f"没有行业“{chosen}”，请写其中一个：{listed}。")
    return by_name[chosen]


def _next_steps(folder: Path, name: str, trade: str) -> str:
    place, shop, shops = (shlex.quote(str(part)) for part in (folder, folder.name, folder.parent))
    return f"""已写好“{name}”（{trade}）：{folder}
  shop.yml      店名、上班时间和发货承诺，改了就生效
  faq.xlsx      问答，先改成您店里的实际情况
  catalog.xlsx  商品和价格，请填上
  模板.xlsx     每一列怎么填、例子和下拉选项；它本身不会被读

接下来：
  xiaoer check {place}
  xiaoer ask 几天发货 --shop {shop} --shops {shops}
  xiaoer serve --demo --shops {shops}"""
