"""Whoever types a command wrong, or asks for its help, is told in Chinese, and the whole of it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer import rich_utils
from typer.testing import CliRunner

from app.cli import app
from app.commands.usage import speak_chinese

_TRANSLATED = [name for name in vars(rich_utils) if name == "highlighter" or name.isupper() or "format_error" in name]


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As `xiaoer` starts, in a terminal of 80 columns; typer's own words are put back after it."""
    monkeypatch.setenv("COLUMNS", "80")
    with monkeypatch.context() as kept:
        for name in _TRANSLATED:
            kept.setattr(rich_utils, name, getattr(rich_utils, name))
        speak_chinese()
        yield


def run(*arguments: str) -> str:
    return CliRunner().invoke(app, list(arguments)).output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nope",), "没有“nope”这个命令。"),
        (("tickets", "clam"), "是不是想写 claim？"),
        (("check", "--quik"), "没有 --quik 这个选项，是不是想写 --quick？"),
        (("new",), "还要写 folder。"),
        (("new", "shop", "--ship-hours", "两天"), "--ship-hours 写得不对：请写整数"),
        (("new", "shop", "--ship-hours", "9999"), "--ship-hours 写得不对：请写 720 或更小的数。"),
        (("check", "--format", "xml"), "没有“xml”，可以写 text、json、sarif。"),
        (("send", "--buyer"), "--buyer 后面还要写内容"),
        (("check", "a", "b"), "多写了“b”"),
    ],
)
def test_a_mistake_is_told_in_chinese(arguments: tuple[str, ...], told: str) -> None:
    output = run(*arguments)
    assert told in output
    assert not re.search(r"Usage|Error|Invalid|Missing|No such", output)


def test_the_program_speaks_so_by_itself() -> None:
    asked = [sys.executable, "-c", "from app.cli import main; main()", "nope"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603  # our own program
    assert "没有“nope”这个命令。" in done.stdout + done.stderr


@pytest.mark.parametrize("command", [(), ("check",), ("new",), ("evaluate",), ("import",), ("backup",), ("outbox",)])
def test_help_is_never_cut_off(command: tuple[str, ...]) -> None:
    output = run(*command, "--help")
    assert "选项" in output
    assert "…" not in output


def test_help_keeps_the_end_of_a_long_sentence() -> None:
    flat = re.sub(r"[\s│]", "", run("check", "--help"))
    assert "问题写成单元格批注" in flat


def test_matrices_are_multiplied_in_one_thread() -> None:
    work = """
import sys
from contextlib import suppress
from app.cli import main
sys.argv = ["xiaoer", "--help"]
with suppress(SystemExit):
    main()
import numpy, psutil
numpy.ones((512, 512)) @ numpy.ones((512, 512))
print("threads:", psutil.Process().num_threads())
"""
    free = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    told = subprocess.run([sys.executable, "-c", work], env=free, capture_output=True, check=True, text=True)  # noqa: S603  # our own words

    assert told.stdout.endswith("threads: 1\n")
