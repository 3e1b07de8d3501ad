"""Regular expressions that shops write: only those that cannot keep the service busy.

Python's engine tries every way of sharing a text among unbounded repeats. With at most two of them, none inside
another, a message of MOST_CHARACTERS costs thousands of steps and not billions.
"""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined]  # the standard library's own parser, not in the stubs
from typing import Any

MOST_CHARACTERS = 500
_LONGEST_PATTERN = 300
_MOST_UNBOUNDED = 2
_BOUNDED = 50
_REFUSED = {"GROUPREF", "GROUPREF_EXISTS", "ASSERT", "ASSERT_NOT"}


def explain_pattern(pattern: str) -> str:
    """Why the expression is refused, in Chinese; empty when it is fine."""
    if len(pattern) > _LONGEST_PATTERN:
        return f"太长，最多 {_LONGEST_PATTERN} 个字。"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"写法有误：{error}。只想匹配这几个字，请把匹配方式改成“包含”。"
    if parsed.getwidth()[0] == 0:
        return "什么都不写也能匹配上，会回答所有的话，请改掉。"
    steps = list(_list_steps(parsed, 0))
    if any(name in _REFUSED for name, _ in steps):
        return "用了反向引用或前后查找，不支持，请改成普通的写法。"
    unbounded = [depth for name, depth in steps if name == "UNBOUNDED"]
    if len(unbounded) > _MOST_UNBOUNDED or any(unbounded):
        return f"太复杂：* 和 + 最多用 {_MOST_UNBOUNDED} 次，也不能一层套一层。"
    return ""


def _list_steps(parsed: Any, depth: int) -> Iterator[tuple[str, int]]:
    """Every operation with the number of repeats around it; a repeat without a small bound is UNBOUNDED."""
    for operation, argument in parsed:
        name = str(operation)
        inner = depth
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            name = "UNBOUNDED" if int(argument[1]) > _BOUNDED else name
            yield name, depth
            inner = depth + 1
        else:
            yield name, depth
        for part in _inner_patterns(argument):
            yield from _list_steps(part, inner)


def _inner_patterns(argument: Any) -> Iterator[Any]:
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for part in argument:
            yield from _inner_patterns(part)


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The expression, compiled once; upper and lower case are the same."""
    return re.compile(pattern, re.IGNORECASE)
