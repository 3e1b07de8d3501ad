"""Every intent there is, found by its folder: what it is called, what it says and which code answers it."""

import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import isabstract
from pathlib import Path
from types import MappingProxyType, ModuleType

from app.domain.handoff import Group
from app.domain.intent_traits import IntentDirectory, IntentRole, IntentTraits
from app.language.cues import CueBook, CueError
from intents._framework.contract import IntentAction
from intents._framework.policy import PolicyAction
from intents._framework.schema import (
    Check,
    CueWordings,
    IntentHead,
    IntentInvalidError,
    IntentLanguage,
    Stage,
    Subject,
    parse_yaml_mapping,
    read_head,
    read_language,
)
from intents._framework.shared import shared_cues

_HERE = Path(__file__).parents[1]
SHARED_REPLIES = "replies.yml"


@dataclass(frozen=True, slots=True)
class IntentDefinition:
    """One intent as its folder holds it.

    Attributes:
        replies: by key the variants of a sentence; `shared` are those every intent may say.
        action: the class that answers it; PolicyAction where the folder has no action.py.
        traits: how the app treats it.
        cues: its own and the shared ones.
        english: replies for a buyer who writes English, as far as there are any.
    """

    id: str
    stages: tuple[Stage, ...]
    group: Group
    replies: Mapping[str, tuple[str, ...]]
    shared: Mapping[str, tuple[str, ...]]
    checks: tuple[Check, ...]
    folder: Path
    action: type[IntentAction]
    traits: IntentTraits
    cues: CueBook = field(default_factory=CueBook)
    english: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The intent's Chinese name."""
        return self.traits.title

    def load_language(self) -> IntentLanguage:
        """The training lines, read from the file each time."""
        return read_language(self.folder / "intent.yml")


class IntentRegistry(Mapping[str, IntentDefinition]):
    """The intents by id, in alphabetical order."""

    def __init__(self, definitions: Mapping[str, IntentDefinition]) -> None:
        self._definitions = MappingProxyType(dict(definitions))
        self.traits = IntentDirectory({intent: each.traits for intent, each in self._definitions.items()})

    def __getitem__(self, intent: str) -> IntentDefinition:
        return self._definitions[intent]

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)

    def display_title(self, intent: str) -> str:
        """The intent's Chinese name, or its id when there is no such intent."""
        found = self._definitions.get(intent)
        return found.title if found else intent


def load_intents(folder: Path | None = None) -> IntentRegistry:
    """Every folder with an intent.yml in it; raises IntentInvalidError with all problems of all of them."""
    home = folder or _HERE
    shared = load_shared_replies(home)
    definitions: dict[str, IntentDefinition] = {}
    problems: list[str] = []
    for file in sorted(home.glob("*/intent.yml")):
        try:
            definitions[file.parent.name] = _load_definition(file, shared)
        except IntentInvalidError as error:
            problems += error.problems
    problems += _find_shared_roles(definitions.values())
    if problems:
        raise IntentInvalidError(problems)
    return IntentRegistry(definitions)


def _find_shared_roles(definitions: Iterable[IntentDefinition]) -> list[str]:
    """A line for every intent whose role an earlier folder holds."""
    holders: dict[IntentRole, str] = {}
    problems = []
    for definition in definitions:
        role = definition.traits.role
        if role and holders.setdefault(role, definition.id) != definition.id:
            problems.append(
                f"{definition.id}/intent.yml：role：{role} 已经是 {holders[role]} 的，一个角色只能归一个意图"
            )
    return problems


def load_shared_replies(folder: Path | None = None) -> Mapping[str, tuple[str, ...]]:
    """The sentences every intent may say: the folder's own replies.yml, or ours."""
    file = (folder or _HERE) / SHARED_REPLIES
    document = parse_yaml_mapping((file if file.exists() else _HERE / SHARED_REPLIES).read_text(encoding="utf-8"), file)
    return {key: tuple(lines) for key, lines in document.items()}


def _load_definition(file: Path, shared: Mapping[str, tuple[str, ...]]) -> IntentDefinition:
    head = read_head(file)
    if head.id != file.parent.name:
        raise IntentInvalidError([f"{file.parent.name}/intent.yml：id：应与文件夹同名，写成 {file.parent.name}"])
    return IntentDefinition(
        id=head.id,
        stages=head.stages,
        group=head.group,
        replies=head.replies,
        shared=shared,
        checks=head.checks,
        folder=file.parent,
        action=_load_action(file.parent, head),
        cues=_parse_own_cues(head),
        english=head.english,
        traits=_build_traits(head),
    )


def _build_traits(head: IntentHead) -> IntentTraits:
    subjects = _default_subjects(head.stages) if head.about is None else head.about
    return IntentTraits(
        title=head.title,
        asked_as=head.asked_as,
        topic=head.topic,
        facts_first=head.facts_first,
        about_orders=Subject.ORDER in subjects,
        about_goods=Subject.GOODS in subjects,
        about_variants=Subject.VARIANT in subjects,
        about_times=Subject.TIME in subjects,
        aftersale=Stage.AFTERSALE in head.stages,
        courtesy=head.courtesy,
        unknown=head.unknown,
        complaint=head.complaint,
        knows_anger=head.knows_anger,
        asks_price=head.asks_price,
        tells_offers=head.tells_offers,
        quotes_bulk=head.quotes_bulk,
        tells_parcel=head.tells_parcel,
        reads_details=head.reads_details,
        kept_for_people=head.kept_for_people,
        likely_when=frozenset(head.likely_when),
        plain_business=head.plain_business,
        kin=head.kin,
        role=head.role,
    )


def _default_subjects(stages: Iterable[Stage]) -> frozenset[Subject]:
    """Goods before buying, an order from then on; what may be asked at any time is taken for the order's."""
    return frozenset(Subject.GOODS if stage is Stage.PRESALE else Subject.ORDER for stage in stages)


def _parse_own_cues(head: IntentHead) -> CueBook:
    written = {
        name: {"says": cue.says, "unless": cue.unless} if isinstance(cue, CueWordings) else cue
        for name, cue in head.cues.items()
    }
    try:
        return shared_cues().extend_with(CueBook.parse_cues(written))
    except CueError as error:
        raise IntentInvalidError([f"{head.id}/intent.yml：cues：{error}"]) from error


def _load_action(folder: Path, head: IntentHead) -> type[IntentAction]:
    file = folder / "action.py"
    if not file.exists():
        return type(f"{head.id.title().replace('_', '')}Action", (PolicyAction,), {"intent": head.id})
    module = _load_module(file)
    found = [each for each in vars(module).values() if _is_intent_action(each, module)]
    if len(found) != 1:
        raise IntentInvalidError([f"{folder.name}/action.py：应有且只有一个 IntentAction 的子类，现有 {len(found)} 个"])
    action: type[IntentAction] = found[0]
    if getattr(action, "intent", None) != head.id:
        raise IntentInvalidError([f"{folder.name}/action.py：intent：应写成 {head.id}"])
    return action


def _is_intent_action(thing: object, module: ModuleType) -> bool:
    if not isinstance(thing, type) or not issubclass(thing, IntentAction):
        return False
    return thing.__module__ == module.__name__ and not isabstract(thing)


def _load_module(file: Path) -> ModuleType:
    """The module of an action.py; whatever keeps it from loading is told with the file's name."""
    try:
        return _import_action_module(file)
    except Exception as error:
        where = f"，第 {error.lineno} 行" if isinstance(error, SyntaxError) else ""
        raise IntentInvalidError(
            [f"{file.parent.name}/action.py：载入失败（{type(error).__name__}{where}）"]
        ) from error


def _import_action_module(file: Path) -> ModuleType:
    if file.parent.parent == _HERE:
        return importlib.import_module(f"intents.{file.parent.name}.action")
    spec = importlib.util.spec_from_file_location(f"_intent_{file.parent.name}_action", file)
    if spec is None or spec.loader is None:
        raise ImportError(str(file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
