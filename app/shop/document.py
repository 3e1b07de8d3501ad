"""Reads a YAML file with the line of every key, and words a typed model's errors in Chinese."""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.shop.raw_table import UnreadableTableError
from app.shop.report import CellPlace, ProblemCollector
from app.shop.suggest import nearest_name, suggest_sentence
from app.shop.table import decode_text

M = TypeVar("M", bound=BaseModel)
KeyPath = tuple[str | int, ...]

_MAX_DEPTH = 12
_MAX_BYTES = 2_000_000
_INTEGER = re.compile(r"^-?(?:0|[1-9]\d{0,17})$")  # 007 stays text, because it may be an id


class _StrictLoader(yaml.CSafeLoader):
    """A safe loader without YAML 1.1's surprises: 16:00 is not 960, 2026-01-05 stays text, on and no stay words."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]  # the stubs call a class table an instance one


_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-0123456789"))
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?\d{1,15}\.\d{1,15}$"), list("-0123456789")
)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A YAML file's value and the line, counted from 1, at which each path begins."""

    file: str
    value: Any
    lines: Mapping[KeyPath, int]

    def line_number(self, path: KeyPath) -> int | None:
        """The line of `path`, or of its nearest parent."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """A part of a YAML file."""

    document: YamlDocument
    path: KeyPath

    def locate_key(self, *keys: str | int) -> CellPlace:
        """The place of one of its keys."""
        path = (*self.path, *keys)
        return CellPlace(self.document.file, self.document.line_number(path), path_label(path))


def read_document(file: str, content: bytes, problems: ProblemCollector) -> YamlDocument | None:
    """Parses the document; notes the reason and returns None when it is not YAML we accept."""
    try:
        node = _compose_node(content)
    except UnreadableTableError as error:
        problems.add_error(file, str(error), error.row)
        return None
    except yaml.YAMLError as error:
        problems.add_error(file, *_explain_syntax_error(error, decode_text(content)))
        return None
    lines: dict[KeyPath, int] = {}
    value = _convert_node(node, (), lines, file, problems) if node is not None else None
    return YamlDocument(file, value, lines)


def _compose_node(content: bytes) -> Any:
    if len(content) > _MAX_BYTES:
        raise UnreadableTableError("文件超过 2 MB，设置文件不会这么大，请检查。")
    text = decode_text(content)
    _refuse_depth(text)
    return yaml.compose(text, Loader=_StrictLoader)


def _refuse_depth(text: str) -> None:
    """Refuses aliases and deep nesting: the one can expand without end, the other overflow the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_StrictLoader):
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableTableError("不支持 & 和 * 的引用写法，请把内容直接写出来。", _event_line(event))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise UnreadableTableError("层级太深，请检查缩进和括号。", _event_line(event))


def _event_line(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _explain_syntax_error(error: yaml.YAMLError, text: str) -> tuple[str, int | None]:
    """Says what to mend and where; the parser often fails a line or more below the mistake."""
    mark = getattr(error, "problem_mark", None)
    stumbled = mark.line + 1 if mark else None
    for number, line in reversed(list(enumerate(text.splitlines()[:stumbled], start=1))):
        slip = next((cure for wrong, cure in _SLIPS if wrong.match(line)), None)
        if slip:
            return slip, number
    return "格式读不懂：请检查这一行和上一行的缩进（每层两个空格）、英文冒号后面要有空格、引号要成对。", stumbled


_SLIPS = (
    (re.compile(r"[\s-]*[A-Za-z_]+:\s+[@`%&*!|>]"), '冒号后面的内容以符号开头，请加上英文引号，例如 name: "@店名"。'),
    (re.compile(r" *\t"), "缩进里有 Tab 键，请改成空格。"),
    (re.compile(r"[\s-]*[A-Za-z_]+\s*："), "这里是中文冒号“：”，请改成英文冒号加一个空格，例如 name: 店铺名。"),
    (re.compile(r"[\s-]*[A-Za-z_]+:[^\s/]"), "英文冒号后面要空一格，例如 name: 店铺名。"),
)


def _convert_node(node: Any, path: KeyPath, lines: dict[KeyPath, int], file: str, problems: ProblemCollector) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _convert_mapping(node, path, lines, file, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_convert_node(child, (*path, at), lines, file, problems) for at, child in enumerate(node.value)]
    return _convert_scalar(node)


def _convert_mapping(
    node: Any, path: KeyPath, lines: dict[KeyPath, int], file: str, problems: ProblemCollector
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        line = key_node.start_mark.line + 1
        if key in values:
            problems.add_error(file, f"“{key}”写了两次，请只留一处。", line, path_label((*path, key)))
        lines[(*path, key)] = line
        values[key] = _convert_node(value_node, (*path, key), lines, file, problems)
    return values


def _convert_scalar(node: Any) -> Any:
    tag, text = node.tag, node.value
    if tag == "tag:yaml.org,2002:null":
        return None
    if tag == "tag:yaml.org,2002:bool":
        return text.lower() == "true"
    if tag == "tag:yaml.org,2002:int" and _INTEGER.match(text):
        return int(text)
    return text  # numbers with a point stay text, so that Decimal reads them exactly


@dataclass(frozen=True, slots=True)
class ModelReading(Generic[M]):
    """A value read as a typed model.

    Attributes:
        exact: the model; None when any part of the value is wrong.
        sound: the model without the wrong parts, so that the rest is checked too; None when too little remains.
    """

    exact: M | None
    sound: M | None


def read_model(
    model: type[M],
    value: Any,
    document: YamlDocument,
    problems: ProblemCollector,
    context: Mapping[str, Any],
    at: KeyPath = (),
    *,
    leaves_out: bool = False,
) -> ModelReading[M]:
    """Reads `value` as the typed model and notes every mistake at its line.

    With `leaves_out` a mistake costs the shop this value alone.
    """
    report = problems.report_error if leaves_out else problems.close_shop
    try:
        read = model.model_validate(value, context=context)
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            report(_locate_mistake(mistake, document, at), _explain_mistake(model, mistake))
        return ModelReading(None, _salvage_model(model, value, context))
    return ModelReading(read, read)


def _salvage_model(model: type[M], value: Any, context: Mapping[str, Any]) -> M | None:
    """Drops the wrong keys, then those left incomplete, until the model accepts the rest."""
    rest = copy.deepcopy(value)
    for _ in range(_MAX_DEPTH):
        try:
            return model.model_validate(rest, context=context)
        except ValidationError as error:
            for path in sorted(
                {_path_to_blame(mistake) for mistake in error.errors(include_url=False)}, key=len, reverse=True
            ):
                _remove_key(rest, _document_path(path, value))
    return None


def _path_to_blame(mistake: ErrorDetails) -> KeyPath:
    return mistake["loc"][:-1] if mistake["type"] == "missing" else mistake["loc"]


def _remove_key(value: Any, path: KeyPath) -> None:
    """Removes the nearest mapping key around `path`, so that list items keep their numbers in the report."""
    keys = [end for end, step in enumerate(path) if isinstance(step, str)]
    if not keys:
        return
    for step in path[: keys[-1]]:
        if not _has_step(value, step):
            return
        value = value[step]
    if isinstance(value, dict):
        value.pop(path[keys[-1]], None)


def _locate_mistake(mistake: ErrorDetails, document: YamlDocument, at: KeyPath) -> CellPlace:
    where = _document_path((*at, *mistake["loc"]), document.value)
    return CellPlace(document.file, document.line_number(where) or 1, path_label(where))


def _document_path(path: KeyPath, value: Any) -> KeyPath:
    """The path as in the file: without the steps that pydantic adds for branches of a union."""
    kept: list[str | int] = []
    for step in path:
        if _has_step(value, step):
            value = value[step]
        elif step != path[-1]:
            continue
        kept.append(step)
    return tuple(kept)


def _has_step(value: Any, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def path_label(path: KeyPath) -> str:
    """The path as a shopkeeper reads it: authority.coupons.第1项.amount."""
    return ".".join(f"第{step + 1}项" if isinstance(step, int) else step for step in path if step != "[key]")


def _explain_mistake(model: type[BaseModel], mistake: ErrorDetails) -> str:
    kind, value, context = mistake["type"], mistake.get("input"), mistake.get("ctx", {})
    if kind == "extra_forbidden":
        return _explain_unknown_key(model, mistake["loc"])
    if kind == "missing":
        return f"缺少“{mistake['loc'][-1]}”，请补上。"
    if kind == "value_error":
        return str(context.get("error", "内容不对，请改正。"))
    if kind in _CHOICES:
        return _explain_choices(value, str(context.get("expected", context.get("expected_tags", ""))))
    template = _SENTENCES.get(kind) or _family_sentence(kind)
    text = template.format(value=_clip_value(value), **{name: context.get(name, "") for name in _LIMITS})
    return text + (_AS_SHARE if str(context.get("le", context.get("lt"))) == "1" else "")


def _explain_unknown_key(model: type[BaseModel], location: Sequence[str | int]) -> str:
    word, known = str(location[-1]), _neighbour_keys(model, location)
    hint = suggest_sentence(word, known) or (f"这里可以写：{'、'.join(known)}。" if known else "请删掉。")
    return f"不认识“{word}”。{hint}"


def _explain_choices(value: Any, expected: str) -> str:
    said = value.get("type") if isinstance(value, dict) else value
    choices = re.findall(r"'([^']*)'", expected)
    guess = nearest_name(str(said), choices)
    return f"“{_clip_value(said)}”不在可选范围，请写其中一个：{'、'.join(choices)}。" + (
        f"是不是想写“{guess}”？" if guess else ""
    )


_CHOICES = frozenset({"literal_error", "enum", "union_tag_invalid"})
_LIMITS = ("ge", "gt", "le", "lt", "decimal_places", "max_digits")
_AS_SHARE = "折扣和比例写成小数：八五折是 0.85，5% 是 0.05。"
_SENTENCES = {
    "greater_than_equal": "“{value}”太小，请写 {ge} 或更大的数。",
    "greater_than": "“{value}”太小，请写大于 {gt} 的数。",
    "less_than_equal": "“{value}”太大，请写 {le} 或更小的数。",
    "less_than": "“{value}”太大，请写小于 {lt} 的数。",
    "decimal_max_places": "“{value}”最多写 {decimal_places} 位小数。",
    "decimal_max_digits": "“{value}”太长，最多 {max_digits} 位数字。",
    "decimal_whole_digits": "“{value}”太大，请检查。",
    "finite_number": "“{value}”不是数字，请只写数字。",
    "string_too_short": "没有填写，请补上。",
    "union_tag_not_found": "缺少 type，请写 files、http 或 sql。",
}
_FAMILIES = {
    "int": "“{value}”不是整数，请只写数字，例如 48。",
    "float": "“{value}”不是数字，请写例如 0.6。",
    "decimal": "“{value}”不是金额或比例，请只写数字，例如 39.9 或 0.05（5% 写 0.05，九折写 0.9）。",
    "bool": "“{value}”请写 true（是）或 false（否）。",
    "time": '“{value}”不是时间，请写成例如 "16:00"。',
    "date": "“{value}”不是日期，请写成例如 2026-01-05。",
    "string": "“{value}”应是一段文字，请加上引号。",
    "tuple": "这里要写成列表，例如 [一项, 另一项]，或每项一行、以“- ”开头。",
    "list": "这里要写成列表，例如 [一项, 另一项]，或每项一行、以“- ”开头。",
    "dict": "这里要写成“名称: 内容”，每行一个，前面缩进两个空格。",
    "model": "这里要写成“名称: 内容”，每行一个，前面缩进两个空格。",
}


def _family_sentence(kind: str) -> str:
    found = (text for family, text in _FAMILIES.items() if kind.startswith(family))
    return next(found, "“{value}”写法不对，请对照说明改正。")


def _clip_value(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"  # noqa: PLR2004  a line of a terminal


def _neighbour_keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys a model accepts where an unknown one stands, read from its types."""
    current: list[type[BaseModel]] = [model]
    for step in location[:-1]:
        current = _step_into(current, step)
    return sorted({key for one in current for key in one.model_fields})


def _step_into(current: list[type[BaseModel]], step: str | int) -> list[type[BaseModel]]:
    """The models one step of a path leads to: a field's, those of a branch of a union, or the same for a list index."""
    field = next(
        (one.model_fields[step] for one in current if isinstance(step, str) and step in one.model_fields), None
    )
    if field is not None:
        return _collect_models(field.annotation)
    branch = [
        one for one in current if "type" in one.model_fields and step in get_args(one.model_fields["type"].annotation)
    ]
    return branch or current


def _collect_models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _collect_models(part)]
