"""The brief, with all that a person needs to act at once: version 1 of the document and its JSON Schema."""

from collections.abc import Iterable
from enum import StrEnum
from operator import not_
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.content import Attachment, Part
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority
from app.domain.ticket import TranscriptLine
from handoff.phrases import handoff_phrases
from handoff.snapshot import Snapshot

VERSION: Literal[1] = 1
SCHEMA_ID = f"urn:xiaoer:handoff-brief:{VERSION}"


class Flag(StrEnum):
    """Warnings for the person who takes over."""

    ANGRY = "angry"
    COMPLAINT = "complaint"
    RISK_WORDS = "risk_words"
    VIP = "vip"
    HIGH_VALUE = "high_value"
    BULK = "bulk"
    REPEATED = "repeated"
    PROMISED = "promised"
    STALE_FACTS = "stale_facts"
    OUT_OF_HOURS = "out_of_hours"
    PHOTO = "photo"


class BriefPart(BaseModel):
    """A frozen part of the brief; unknown keys of other versions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class FlagLine(BriefPart):
    """A flag with its Chinese name."""

    code: Flag
    text: str = Field(examples=["情绪激动"])


class SlotLine(BriefPart):
    """A slot of the conversation."""

    name: str = Field(examples=["order"])
    title: str = Field(examples=["订单号"])
    value: str = Field(examples=["202608150001"])
    text: str = Field(default="", examples=["202608150001"], description="the value as people call it")


# Left out of lines that are text alone.
Parts = Annotated[
    tuple[Annotated[Part, Field(discriminator="type")], ...],
    Field(exclude_if=not_, description="typed parts (text, image, card) of a line that is more than text"),
]
Attachments = Annotated[tuple[Attachment, ...], Field(exclude_if=not_, description="files, by URL")]


class BriefUpdate(BriefPart):
    """A message the buyer added while waiting."""

    at: AwareDatetime
    text: str
    type: str = Field(default="text", examples=["text", "image"])
    intent_title: str = ""
    parts: Parts = ()
    attachments: Attachments = ()


class BriefDeadlines(BriefPart):
    """The deadlines of people's answers."""

    first_response: AwareDatetime = Field(description="a person's first answer")
    resolve: AwareDatetime = Field(description="a solution")
    close: AwareDatetime = Field(description="the end of the matter")


class BriefLine(BriefPart):
    """One line of the conversation."""

    at: AwareDatetime
    author: str = Field(examples=["buyer"], description="buyer, bot or agent")
    text: str
    type: str = "text"
    agent: str | None = None
    message_id: str | None = None
    id: str = Field(default="", description="the line's own id, unique on the channel")
    parts: Parts = ()
    attachments: Attachments = ()


class Brief(BriefPart):
    """A handoff's brief, written by the bot and updated while the buyer waits."""

    version: Literal[1] = VERSION
    reason: Reason
    reason_text: str = Field(examples=["议价需要人工：超出机器人的授权，或要为买家改价"])
    summary: tuple[str, str] = Field(description="two lines: what the buyer wants; what is known and was tried")
    buyer: str = Field(examples=["buyer-01"])
    buyer_name: str | None = None
    wish: str = Field(examples=["80元卖不卖"], description="what the buyer wants, in one line")
    intent: str = Field(description="the intent's id: the name of its folder")
    intent_title: str = Field(examples=["议价"])
    confidence: float = Field(ge=0, le=1)
    slots: tuple[SlotLine, ...] = ()
    collected: dict[str, str] = Field(default_factory=dict, description="what was asked for and given")
    notes: tuple[str, ...] = Field(default=(), description="for people only: what was given, the nearest allowed offer")
    margins: tuple[str, ...] = Field(
        default=(), description="the floor price and the room above it; empty for whom the shop does not let see them"
    )
    snapshots: tuple[Snapshot, ...] = ()
    tried: tuple[str, ...] = Field(default=(), description="what the bot answered so far")
    promised: tuple[str, ...] = Field(default=(), description="promises still valid")
    updates: tuple[BriefUpdate, ...] = Field(default=(), description="what the buyer added while waiting")
    suggested_reply: str
    alternatives: tuple[str, str]
    flags: tuple[FlagLine, ...] = ()
    group: Group
    group_title: str = Field(examples=["主管"])
    priority: Priority
    priority_title: str = Field(examples=["优先"])
    created_at: AwareDatetime
    updated_at: AwareDatetime
    deadlines: BriefDeadlines
    transcript: tuple[BriefLine, ...] = Field(default=(), description="joined from the stored messages when read")


def brief_line(line: TranscriptLine) -> BriefLine:
    """A line as people read it."""
    return BriefLine(
        at=line.at,
        author=line.author,
        text=line.text,
        type=line.type,
        agent=line.agent,
        message_id=line.message_id,
        id=line.id,
        parts=line.content.parts,
        attachments=line.content.attachments,
    )


def hide_margins(brief: Brief) -> Brief:
    """The brief for somebody who may not see the floor price."""
    return brief.model_copy(update={"margins": ()})


def attach_transcript(brief: Brief, lines: Iterable[TranscriptLine]) -> Brief:
    """Adds the transcript to the brief, for reading."""
    told = tuple(map(brief_line, lines))
    return brief.model_copy(update={"transcript": told, "flags": _add_photo_flag(brief, told)})


def _add_photo_flag(brief: Brief, lines: Iterable[BriefLine]) -> tuple[FlagLine, ...]:
    """Adds the photo flag for a photo sent before the handoff."""
    if not any(line.type == "image" for line in lines) or any(flag.code is Flag.PHOTO for flag in brief.flags):
        return brief.flags
    return (*brief.flags, FlagLine(code=Flag.PHOTO, text=handoff_phrases().flags[Flag.PHOTO]))


def brief_schema() -> dict[str, Any]:
    """The brief's JSON Schema with its versioned `$id`; a breaking change gets a new version."""
    schema = Brief.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "version": VERSION,
        **schema,
    }
