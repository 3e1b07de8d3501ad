"""The shape of an intent.yml: strict, so that a mistyped key is an error that names the file and the key."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.domain.catalogue import OrderState
from app.domain.handoff import Group
from app.domain.intent_traits import IntentRole

TRAINING_KEYS = ("lists", "examples", "counter_examples")
_TOP_KEY = re.compile(r"[A-Za-z_]+:")


class Stage(StrEnum):
    """When in a purchase the intent is spoken of."""

    PRESALE = "presale"
    INSALE = "insale"
    AFTERSALE = "aftersale"
    ANY = "any"


class Subject(StrEnum):
    """What an intent speaks of, and so what continues it when a buyer sends nothing else."""

    ORDER = "order"  # an order number
    GOODS = "goods"  # a product, a size, a quantity
    TIME = "time"  # a time by itself asks the same of that time
    VARIANT = "variant"  # a size or a colour belongs to it; after any other intent it turns to the goods


class IntentInvalidError(Exception):
    """What is wrong in the intents' folders, every problem a Chinese line naming file and key."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def _wrap_single(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Model = TypeVar("Model", bound=BaseModel)
Lines = Annotated[tuple[str, ...], BeforeValidator(_wrap_single)]


class _StrictModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(_StrictModel):
    """One conversation that must go as said, run against a shop; of several lines the last one is judged.

    `contains` and `lacks` look at the reply; `intent` may be left out when the decision alone matters.
    """

    say: Lines
    order: str | None = None
    product: str | None = None
    buyer: str | None = None
    image: bool = Field(default=False, description="the last line comes as a picture")
    action: Literal["answer", "clarify", "handoff", "silent"]
    intent: str | None = None
    reason: str | None = None
    contains: Lines = ()
    lacks: Lines = ()


class CounterExample(_StrictModel):
    """A wording that looks like this intent and is another."""

    text: str
    intent: str


class CueWordings(_StrictModel):
    """Wordings of a cue that has exceptions; the notation is that of app/language/cues.py."""

    says: Lines
    unless: Lines = ()


class IntentHead(_StrictModel):
    """What the service needs to run an intent; the training lines are read on demand only."""

    id: str
    title: str
    asked_as: str = Field(
        default="", description="what a buyer calls it, when asked whether it is meant; else the title"
    )
    topic: str = Field(default="", description="the word that short questions about it leave out: 要多久 of 发票")
    stages: tuple[Stage, ...]
    group: Group
    facts_first: bool = Field(default=False, description="its action goes before any FAQ entry: it knows live facts")
    about: tuple[Subject, ...] | None = Field(
        default=None, description="left out, the stages tell: goods before buying"
    )
    role: IntentRole | None = Field(default=None, description="its job in the conversation; one intent each")
    courtesy: bool = Field(default=False, description="a greeting or thanks, which asks for nothing")
    unknown: bool = Field(default=False, description="what no other intent covers; never offered as a choice")
    complaint: bool = Field(default=False, description="an angry buyer who says this complains")
    knows_anger: bool = Field(default=False, description="its action answers an angry buyer itself")
    asks_price: bool = Field(
        default=False, description="the buyer wants to know what goods cost, or wants them for less"
    )
    tells_offers: bool = Field(default=False, description="it tells which promotions run")
    quotes_bulk: bool = Field(default=False, description="its action hands a bulk order to people")
    tells_parcel: bool = Field(default=False, description="it answers with where the parcel is")
    reads_details: bool = Field(default=False, description="it looks into the goods' details before general words")
    kept_for_people: bool = Field(default=False, description="people answer it unless shop.yml says otherwise")
    likely_when: tuple[OrderState, ...] = Field(default=(), description="states of the order that make it likelier")
    plain_business: bool = Field(default=False, description="its lines ask for this and do nothing besides")
    kin: str | None = Field(default=None, description="intents of one kin hand each other what their forms collected")
    cues: dict[str, Lines | CueWordings] = {}
    replies: dict[str, Lines] = {}
    english: dict[str, Lines] = Field(default={}, description="the same replies for a buyer who writes English")
    notes: dict[str, str] = Field(default={}, description="texts that the action writes for agents, by their names")
    checks: tuple[Check, ...] = ()


class IntentLanguage(_StrictModel):
    """How buyers say it: what the model is trained on."""

    lists: dict[str, tuple[str, ...]] = {}
    examples: tuple[str, ...] = ()
    counter_examples: tuple[CounterExample, ...] = ()


def read_head(file: Path) -> IntentHead:
    """The head of an intent.yml, parsed without its (long) training lines."""
    document = _parse_head(_strip_training(file.read_text(encoding="utf-8")), file)
    return _validate_model(
        IntentHead, {key: value for key, value in document.items() if key not in TRAINING_KEYS}, file
    )


@lru_cache(maxsize=128)  # the registry and the folder's own code read the same head
def _parse_head(text: str, file: Path) -> Mapping[str, Any]:
    return parse_yaml_mapping(text, file)


def read_language(file: Path) -> IntentLanguage:
    """The training lines of an intent.yml."""
    document = parse_yaml_mapping(file.read_text(encoding="utf-8"), file)
    return _validate_model(IntentLanguage, {key: document[key] for key in TRAINING_KEYS if document.get(key)}, file)


def _strip_training(text: str) -> str:
    """The text up to the first training key, or all of it when any other key stands below one."""
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith(tuple(f"{k}:" for k in TRAINING_KEYS))]
    if not starts:
        return text
    keys_below = {line.split(":")[0] for line in lines[starts[0] :] if _TOP_KEY.match(line)}
    return "".join(lines[: starts[0]]) if keys_below <= set(TRAINING_KEYS) else text


def parse_yaml_mapping(text: str, file: Path) -> dict[str, Any]:
    """The YAML mapping in `text`; raises IntentInvalidError naming the file and line."""
    try:
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise IntentInvalidError([f"{_display_path(file)}：不是正确的 YAML（{_error_position(error)}）"]) from error
    if not isinstance(document, dict):
        raise IntentInvalidError([f"{_display_path(file)}：开头应是 id: 这样的键，一行一个"])
    return document


def _error_position(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"第 {mark.line + 1} 行" if mark else "读不出"


def _validate_model(model: type[Model], document: dict[str, Any], file: Path) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise IntentInvalidError(_describe_problem(file, each) for each in error.errors()) from error


def _describe_problem(file: Path, error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    sentences = {
        "extra_forbidden": "没有这个键，请检查拼写",
        "missing": "缺少这个键",
    }
    return f"{_display_path(file)}：{key}：{sentences.get(error['type'], '写法不对，' + error['msg'])}"


def _display_path(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"
