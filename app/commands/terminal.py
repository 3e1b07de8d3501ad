"""The one way of the commands to the terminal: what others wrote cannot steer it, nor pass for our own marks."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import httpx
import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from app.domain.plain_text import escape_steering, show_steering


class PlainConsole(Console):
    """A console that shows a mark in place of every character that would steer the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich renders it, without control characters in any text."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(show_steering(segment.text), segment.style)


def make_console(*, stderr: bool = False, markup: bool = True) -> PlainConsole:
    """A console for a command; what others wrote goes in as Text or escaped, for it may hold square brackets."""
    return PlainConsole(stderr=stderr, markup=markup, emoji=markup, highlight=False)


def add_cells(table: Table, *cells: str) -> None:
    """A row of what others wrote: square brackets are no markup."""
    table.add_row(*map(Text, cells))


def local_time(told: str, form: str = "%m-%d %H:%M") -> str:
    """A time of the API as the clock on the wall shows it."""
    return datetime.fromisoformat(told).astimezone().strftime(form)


def pick_by_start(items: Iterable[dict[str, Any]], start: str, otherwise: str) -> dict[str, Any]:
    """The one item whose id is this or alone begins so; ends the command with the sentence where there is none."""
    beginning = [each for each in items if each["id"].startswith(start)]
    matching = [each for each in beginning if each["id"] == start] or beginning
    return matching[0] if len(matching) == 1 else exit_with_error(otherwise)


def tell_of_more(items: Iterator[Any], limit: int) -> None:
    """Below a list of the first `limit` items: that there are more, where `items` has one left."""
    if next(items, None) is not None:
        typer.echo(f"只列了 {limit} 条，用 --limit 看更多。")


def read_document(response: httpx.Response) -> Any:
    """The JSON of an answer, None for an empty one; exits with the sentence of a problem, or where none can be read."""
    if response.status_code == httpx.codes.NO_CONTENT:
        return None
    try:
        document = response.json()
    except ValueError:
        exit_with_error(f"{response.status_code}：答的不是 JSON，请检查 --url 指的是不是小二的地址。")
    if response.is_error:
        told = document.get("detail") if isinstance(document, dict) else None
        exit_with_error(f"{response.status_code}：{told or '服务没有说明原因'}")
    return document


def confirm(question: str) -> None:
    """Ask before what cannot be taken back; ends with 1 on anything but yes."""
    typer.confirm(show_steering(question), abort=True)


def print_text(text: str, *, err: bool = False) -> None:
    """Lines without colours."""
    typer.echo(show_steering(text), err=err)


def print_warning(text: str) -> None:
    """A line in yellow, beside the output."""
    typer.secho(show_steering(text), fg=typer.colors.YELLOW, err=True)


def print_document(document: Any) -> None:
    """JSON to read and to hand on."""
    typer.echo(escape_steering(json.dumps(document, ensure_ascii=False, indent=2)))


def save_file(place: Path, content: str | bytes, told: str = "已保存 {place}") -> None:
    """Write a file and tell of it; exits where the place cannot be written."""
    try:
        if isinstance(content, bytes):
            place.write_bytes(content)
        else:
            place.write_text(content, encoding="utf-8", newline="")
    except OSError:
        refuse_place(place)
    print_text(told.replace("{place}", str(place)), err=True)


def require_ending(place: Path | None, *endings: str) -> None:
    """Exits where a file would be named for what it is not: Excel and the shop's own reader go by the name."""
    if place is not None and place.suffix.lower() not in endings:
        exit_with_error(f"{place} 的扩展名不对：要以 {'、'.join(endings)} 结尾，没有写文件。")


@contextmanager
def show_progress(what: str) -> Iterator[None]:
    """Says on standard error what takes a while, with the seconds so far; nothing without a terminal."""
    console = make_console(stderr=True, markup=False)
    columns = (SpinnerColumn(), f"{what}，请稍等", TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task(what, total=None)
        yield


def refuse_place(place: Path) -> NoReturn:
    """Say that nothing can be written there."""
    exit_with_error(f"{place} 写不进去，请检查文件夹在不在、有没有写的权限。")


def print_error(sentence: str) -> None:
    """A line in red, beside the output."""
    typer.secho(show_steering(sentence), fg=typer.colors.RED, err=True)


def exit_with_error(sentence: str) -> NoReturn:
    """Say what is wrong and what to do, and end with 1."""
    print_error(sentence)
    raise typer.Exit(1)
