"""Reads a YAML file with the line of every key, and says in Chinese what a typed model finds wrong in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.shop.report import Problems
from app.shop.suggest import did_you_mean
from app.shop.table import UnreadableTableError, decode
from app.shop.when import Calendar

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]

_MAX_DEPTH = 12
_MAX_BYTES = 2_000_000


class _Loader(yaml.CSafeLoader):
    """Safe, and without YAML 1.1's surprises: 16:00 is not 960, 2026-01-05 stays text, on and no stay words."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]  # the stubs call a class table an instance one


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9]\d{0,17})$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?\d{1,15}\.\d{1,15}$"), list("-0123456789"))


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file's value, and the line (from 1) at which each path begins."""

    file: str
    value: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest thing around it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None


def read_document(file: str, content: bytes, problems: Problems) -> Document | None:
    """The document; None, with the reason noted, when it is not YAML we accept."""
    try:
        node = _compose(content)
    except UnreadableTableError as error:
        problems.error(file, str(error), error.row)
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.error(file, _syntax(error), mark.line + 1 if mark else None)
        return None
    lines: dict[Path, int] = {}
    value = _plain(node, (), lines, file, problems) if node is not None else None
    return Document(file, value, lines)


def _compose(content: bytes) -> Any:
    if len(content) > _MAX_BYTES:
        raise UnreadableTableError("文件超过 2 MB，设置文件不会这么大，请检查。")
    text = decode(content)
    _refuse_depth(text)
    return yaml.compose(text, Loader=_Loader)


def _refuse_depth(text: str) -> None:
    """Aliases can unfold without end and deep nesting overflows the stack; a shop's file needs neither."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableTableError("不支持 & 和 * 的引用写法，请把内容直接写出来。", _line(event))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise UnreadableTableError("层级太深，请检查缩进和括号。", _line(event))


def _line(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _syntax(error: yaml.YAMLError) -> str:
    said = str(getattr(error, "problem", "") or "")
    if "\\t" in repr(said) or "tab" in said:
        return "缩进里有 Tab 键，请全部改成空格。"
    return "格式读不懂：请检查这一行和上一行的缩进（每层两个空格）、英文冒号后面要有空格、引号要成对。"


def _plain(node: Any, path: Path, lines: dict[Path, int], file: str, problems: Problems) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, file, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, at), lines, file, problems) for at, child in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: Any, path: Path, lines: dict[Path, int], file: str, problems: Problems) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        line = key_node.start_mark.line + 1
        if key in values:
            problems.error(file, f"“{key}”写了两次，请只留一处。", line, _name((*path, key)))
        lines[(*path, key)] = line
        values[key] = _plain(value_node, (*path, key), lines, file, problems)
    return values


def _scalar(node: Any) -> Any:
    tag, text = node.tag, node.value
    if tag == "tag:yaml.org,2002:null":
        return None
    if tag == "tag:yaml.org,2002:bool":
        return text.lower() == "true"
    if tag == "tag:yaml.org,2002:int":
        return int(text)
    return text  # numbers with a point stay text: Decimal and float read them exactly


def read_model(
    model: type[M], value: Any, document: Document, problems: Problems, calendar: Calendar, at: Path = ()
) -> M | None:
    """`value` as the typed model; None, with every mistake noted at its line, when it does not fit."""
    try:
        return model.model_validate(value, context={"calendar": calendar})
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            _note(model, mistake, document, problems, at)
        return None


def _note(model: type[BaseModel], mistake: ErrorDetails, document: Document, problems: Problems, at: Path) -> None:
    where = _in_document((*at, *mistake["loc"]), document.value)
    problems.error(document.file, _explain(model, mistake), document.line(where), _name(where))


def _in_document(path: Path, value: Any) -> Path:
    """The path without pydantic's own steps (a union's branch), which the file does not have."""
    kept: list[str | int] = []
    for step in path:
        if _has(value, step):
            value = value[step]
        elif step != path[-1]:
            continue
        kept.append(step)
    return tuple(kept)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def _name(path: Path) -> str:
    return ".".join(f"第{step + 1}项" if isinstance(step, int) else step for step in path)


def _explain(model: type[BaseModel], mistake: ErrorDetails) -> str:
    kind, value, context = mistake["type"], mistake.get("input"), mistake.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys_beside(model, mistake["loc"])
        hint = did_you_mean(str(mistake["loc"][-1]), known)
        return f"不认识“{mistake['loc'][-1]}”。{hint or '这里可以写：' + '、'.join(sorted(known)) + '。'}"
    if kind == "missing":
        return f"缺少“{mistake['loc'][-1]}”，请补上。"
    if kind == "value_error":
        return str(context.get("error", "内容不对，请改正。"))
    template = _SENTENCES.get(kind) or _by_family(kind)
    return template.format(value=_short(value), **{name: context.get(name, "") for name in _LIMITS})


_LIMITS = ("ge", "gt", "le", "lt", "decimal_places", "max_digits", "expected", "expected_tags")
_SENTENCES = {
    "greater_than_equal": "“{value}”太小，请写 {ge} 或更大的数。",
    "greater_than": "“{value}”太小，请写大于 {gt} 的数。",
    "less_than_equal": "“{value}”太大，请写 {le} 或更小的数（折扣写成小数：八五折是 0.85）。",
    "less_than": "“{value}”太大，请写小于 {lt} 的数（比例写成小数：5% 是 0.05）。",
    "decimal_max_places": "“{value}”最多写 {decimal_places} 位小数。",
    "decimal_max_digits": "“{value}”太长，最多 {max_digits} 位数字。",
    "decimal_whole_digits": "“{value}”太大，请检查。",
    "literal_error": "“{value}”不在可选范围，请写其中一个：{expected}。",
    "enum": "“{value}”不在可选范围，请写其中一个：{expected}。",
    "union_tag_invalid": "“{value}”里的 type 不对，请写其中一个：{expected_tags}。",
    "union_tag_not_found": "缺少 type，请写 files、http 或 sql。",
}


def _by_family(kind: str) -> str:
    families = {
        "int": "“{value}”不是整数，请只写数字，例如 48。",
        "float": "“{value}”不是数字，请写例如 0.6。",
        "decimal": "“{value}”不是金额或比例，请只写数字，例如 39.9 或 0.05。",
        "bool": "“{value}”请写 true（是）或 false（否）。",
        "time": '“{value}”不是时间，请写成例如 "16:00"。',
        "date": "“{value}”不是日期，请写成例如 2026-01-05。",
        "string": "“{value}”应是一段文字，请加上引号。",
        "tuple": "这里要写成列表：每项一行，以“- ”开头。",
        "list": "这里要写成列表：每项一行，以“- ”开头。",
        "dict": "这里要写成“名称: 内容”，每行一个，前面缩进两个空格。",
        "model": "这里要写成“名称: 内容”，每行一个，前面缩进两个空格。",
    }
    return next(
        (text for family, text in families.items() if kind.startswith(family)), "“{value}”写法不对，请对照说明改正。"
    )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"  # noqa: PLR2004  a line of a terminal


def _keys_beside(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys a model takes at the place of an unknown one; walks types, so a new key needs no list here."""
    current: Any = model
    for step in location[:-1]:
        current = _step_into(current, step)
    return list(current.model_fields) if _is_model(current) else []


def _step_into(current: Any, step: str | int) -> Any:
    if _is_model(current):
        field = current.model_fields.get(step)
        return _inner(field.annotation, step) if field else current
    return current


def _inner(annotation: Any, step: str | int) -> Any:
    """The model inside a container or optional annotation; among several the one whose `type` is `step`."""
    if _is_model(annotation):
        return annotation
    inside = [_inner(part, step) for part in getattr(annotation, "__args__", ())]
    return next((found for found in inside if _is_model(found)), None)


def _is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)
