"""Log lines: what others wrote in them steers no terminal."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from app.observability.logs import configure_logs

STEERING = "茶\x1b[2J\x9b31m\u202e\u2066\x07铺"
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COLOURS = re.compile("\x1b\\[[0-9;]*m")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level


@pytest.mark.parametrize("readable", [True, False])
def test_no_value_of_a_line_steers_the_terminal_it_is_read_on(lines: io.StringIO, readable: bool) -> None:
    configure_logs(readable=readable, stream=lines)

    structlog.get_logger().info(f"opened {STEERING}", shop=STEERING)

    shown = COLOURS.sub("", lines.getvalue()) if readable else lines.getvalue()
    assert "铺" in shown
    assert not FORBIDDEN.search(shown), ascii(shown)


def test_a_machine_reads_the_value_as_it_was(lines: io.StringIO) -> None:
    configure_logs(stream=lines)

    structlog.get_logger().info("opened", shop="\u202e茶铺")

    assert json.loads(lines.getvalue())["shop"] == "\u202e茶铺"
