"""Writes thresholds, or a second reader's weights, into a shop's shop.yml atomically, and changes no other byte."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from app.shop.document import read_document
from app.shop.raw_table import UnreadableTableError
from app.shop.report import ProblemCollector
from app.shop.schema import ReaderWeights, Thresholds
from app.shop.table import decode_text

TunedBlock = Thresholds | ReaderWeights
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class UnwritableError(ValueError):
    """The numbers cannot be written into this file; the Chinese message says what to write by hand."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """Replaces the characters [start, end) by `text`."""

    start: int
    end: int
    text: str


def write_tuned(file: Path, block: TunedBlock) -> None:
    """Sets the block's numbers in the file, atomically; raises UnwritableError, with the file unchanged."""
    place = file.resolve()
    by_hand = "、".join(f"{key}: {value:g}" for key, value in block)
    try:
        content = place.read_bytes()
        changed = replace_tuned(content, block)
        _replace_file(place, changed)
    except OSError as error:
        raise UnwritableError(f"{file.name} 写不进去，请检查权限和磁盘空间，或手工写上：{by_hand}。") from error
    except (ValueError, yaml.YAMLError) as error:
        raise UnwritableError(f"{file.name} 的格式改不了，请在 {_block_key(block)} 下手工写上：{by_hand}。") from error


def _block_key(block: TunedBlock) -> str:
    return "thresholds" if isinstance(block, Thresholds) else "second_reader"


def replace_tuned(content: bytes, block: TunedBlock) -> bytes:
    """The file's bytes with these numbers, in the same encoding and with the same line ends."""
    text = decode_text(content)
    for edit in sorted(_plan_edits(text, block), key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.text + text[edit.end :]
    changed = text.encode(_detect_encoding(content))
    _verify_rewrite(content, changed, block)
    return changed


def _plan_edits(text: str, block: TunedBlock) -> list[_Edit]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise UnreadableTableError("不是“名称: 内容”的写法。")
    wanted = {key: f"{value:g}" for key, value in block}
    for key, node in root.value:
        if key.value == _block_key(block):
            return _edit_mapping(node, wanted, _detect_line_end(text))
    return [_append_block(text, _block_key(block), wanted)]


def _edit_mapping(node: yaml.Node, wanted: dict[str, str], line_end: str) -> list[_Edit]:
    if not isinstance(node, yaml.MappingNode) or not node.value:
        flow = ", ".join(f"{key}: {value}" for key, value in wanted.items())
        start, end = node.start_mark.index, node.end_mark.index
        return [_Edit(start, end, f"{{{flow}}}" if end > start else f" {{{flow}}}")]
    kept = {key.value: value for key, value in node.value}
    edits = [
        _Edit(value.start_mark.index, value.end_mark.index, wanted[key])
        for key, value in kept.items()
        if key in wanted and float(value.value) != float(wanted[key])
    ]
    missing = [f"{key}: {value}" for key, value in wanted.items() if key not in kept]
    return [*edits, *([_insert_missing(node, missing, line_end)] if missing else [])]


def _insert_missing(node: yaml.MappingNode, missing: list[str], line_end: str) -> _Edit:
    first = node.value[0][0].start_mark
    between = ", " if node.flow_style else line_end + " " * first.column
    return _Edit(first.index, first.index, "".join(line + between for line in missing))


def _append_block(text: str, name: str, wanted: dict[str, str]) -> _Edit:
    end = _detect_line_end(text)
    lines = [f"{name}:", *(f"  {key}: {value}" for key, value in wanted.items())]
    before = "" if not text or text.endswith("\n") else end
    return _Edit(len(text), len(text), before + end.join(lines) + end)


def _detect_line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _detect_encoding(content: bytes) -> str:
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            return encoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _verify_rewrite(before: bytes, after: bytes, block: TunedBlock) -> None:
    """Parses both files and verifies that the new numbers are set and nothing else differs."""
    old, new = _parse_shop_settings(before), _parse_shop_settings(after)
    written = new.pop(_block_key(block), None)
    old.pop(_block_key(block), None)
    if old != new or type(block).model_validate(written) != block:
        raise UnreadableTableError("改完读回来对不上。")


def _parse_shop_settings(content: bytes) -> dict[str, object]:
    found = read_document("shop.yml", content, ProblemCollector())
    if found is None or not isinstance(found.value, dict):
        raise UnreadableTableError("读不出来。")
    return dict(found.value)


def _replace_file(place: Path, content: bytes) -> None:
    descriptor, aside = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(place.stat().st_mode)
        Path(aside).replace(place)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
