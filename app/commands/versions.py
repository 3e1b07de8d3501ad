"""`xiaoer versions`, `diff` and `rollback`: what a shop's files were, what changed, and back to an earlier version."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import store_access, terminal
from app.domain.clock import utc_now
from app.settings import Settings

if TYPE_CHECKING:
    from app.domain.shop_version import ShopVersion
    from app.shop.shop import Shop

ShopArgument = Annotated[str, typer.Argument(help="店铺代号")]
ShopsOption = Annotated[Path | None, typer.Option(help="店铺文件夹的上级目录，默认按设置")]
_MOST_SHOWN = 200


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("versions")(print_versions)
    app.command("diff")(print_diff)
    app.command()(rollback)


def print_versions(shop: ShopArgument) -> None:
    """列出一家店被采用过的版本：编号、时间、谁改的、改了什么。最上面的是最新的。"""
    versions = store_access.run_with_store(lambda store: store.list_shop_versions(shop))
    if not versions:
        terminal.exit_with_error(f"店铺 {shop} 还没有保存过版本：服务打开过这家店以后才有。")
    for version in versions:
        terminal.print_text(_describe_version(version))


def _describe_version(version: "ShopVersion") -> str:
    unsaid = "（第一版）" if version.number == 1 else "内容有变"
    at = version.saved_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return f"{version.number:>4}  {at}  {version.author or '—'}  {version.content}  {version.summary or unsaid}"


def print_diff(
    shop: ShopArgument,
    old: Annotated[int | None, typer.Argument(help="旧版本的编号；不写是最新保存的一版")] = None,
    new: Annotated[int | None, typer.Argument(help="新版本的编号；不写是文件夹里现在的内容")] = None,
    shops: ShopsOption = None,
) -> None:
    """两个版本差在哪里：哪条问答、哪个商品、哪项设置，从什么改成什么。"""
    from app.shop.changes import compare_shops, format_change, summarize_changes

    before = _load_version(shop, old)
    after = _load_folder(shop, shops) if new is None else _load_version(shop, new)
    changes = compare_shops(before, after)
    for change in changes[:_MOST_SHOWN]:
        terminal.print_text(format_change(change))
    if len(changes) > _MOST_SHOWN:
        terminal.print_text(f"……还有 {len(changes) - _MOST_SHOWN} 处。")
    terminal.print_text(f"合计：{summarize_changes(changes) or '没有区别'}。")


def rollback(
    shop: ShopArgument,
    number: Annotated[int, typer.Argument(help="要回到的版本编号，xiaoer versions 里有")],
    shops: ShopsOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再问一遍")] = False,
) -> None:
    """把店铺文件夹换回某个版本的文件。现在的文件先另存一份；运行中的服务几秒后启用，成为新的一版。"""
    from app.shop.folder import restore_folder

    files = _load_files(shop, number)
    folder = (shops or Settings().shops_dir) / shop
    if not yes:
        terminal.confirm(f"{folder} 里的文件将换成第 {number} 版（{len(files)} 个文件），继续吗？")
    kept = restore_folder(folder, files, f"{utc_now():%Y%m%dT%H%M%SZ}")
    terminal.print_text(f"已换成第 {number} 版。" + (f"换下来的文件在 {kept}。" if kept else ""))


def _load_files(shop: str, number: int | None) -> Mapping[str, bytes]:
    files = store_access.run_with_store(lambda store: store.load_shop_files(shop, number))
    if files is None:
        wanted = f"第 {number} 版" if number is not None else "保存过的版本"
        terminal.exit_with_error(f"店铺 {shop} 没有{wanted}，请用 xiaoer versions {shop} 查看。")
    return files


def _load_version(shop: str, number: int | None) -> "Shop":
    from app.shop.folder import ShopFiles
    from app.shop.loader import parse_shop
    from app.shop.report import ProblemCollector

    files = ShopFiles(_load_files(shop, number))
    loaded = parse_shop(files, Path(shop), utc_now(), ProblemCollector())
    if loaded.shop is None:
        terminal.exit_with_error(f"店铺 {shop} 的这一版按现在的规则读不出来。")
    return loaded.shop


def _load_folder(shop: str, shops: Path | None) -> "Shop":
    from app.shop.loader import read_shop

    folder = (shops or Settings().shops_dir) / shop
    if not folder.is_dir():
        terminal.exit_with_error(f"没有 {folder} 这个文件夹，请用 --shops 指明店铺文件夹的上级目录。")
    loaded = read_shop(folder, utc_now())
    if loaded.shop is None:
        terminal.exit_with_error(f"{folder} 现在的文件有错误，请先运行 xiaoer check {folder}")
    return loaded.shop
