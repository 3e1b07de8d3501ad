"""What a message or reply holds beside its text: typed parts and attachments."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class CardKind(StrEnum):
    """What a card stands for."""

    PRODUCT = "product"
    ORDER = "order"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class TextPart:
    """A paragraph."""

    text: str
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture, named by its URL; the service never opens it."""

    url: str
    alt: str = ""
    type: Literal["image"] = "image"


@dataclass(frozen=True, slots=True)
class CardPart:
    """A product, an order or a link as the platform shows it; `id` is the shop's own id of the product or order."""

    title: str = ""
    kind: CardKind = CardKind.LINK
    id: str = ""
    url: str = ""
    image: str = ""
    text: str = ""
    type: Literal["card"] = "card"


Part = TextPart | ImagePart | CardPart


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file, named by its URL; `size` is in bytes."""

    url: str
    name: str = ""
    media_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Typed parts in the order they are shown, and attachments. Empty when the text says everything."""

    parts: tuple[Part, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts or self.attachments)

    @property
    def has_image(self) -> bool:
        """Whether there is a picture among the parts."""
        return any(isinstance(part, ImagePart) for part in self.parts)


TEXT_ONLY = Content()


def plain_text(content: Content) -> str:
    """The content for a client that shows text only: paragraphs, and the URLs of what it cannot show."""
    lines = [*map(_part_text, content.parts), *(f"{each.name} {each.url}".strip() for each in content.attachments)]
    return "\n".join(line for line in lines if line)


def spoken_words(text: str, content: Content) -> str:
    """All that the content says in words, without URLs."""
    said = [text]
    for part in content.parts:
        match part:
            case TextPart():
                said.append(part.text)
            case ImagePart():
                said.append(part.alt)
            case CardPart():
                said += [part.title, part.text]
    said += [each.name for each in content.attachments]
    return "\n".join(dict.fromkeys(words for words in said if words))


def complete_parts(text: str, content: Content) -> Content:
    """The content with `text` as its first part, unless its parts hold text of their own."""
    if not content.parts or not text or any(isinstance(part, TextPart) for part in content.parts):
        return content
    return Content((TextPart(text), *content.parts), content.attachments)


def merge_contents(contents: Iterable[Content]) -> Content:
    """The parts and attachments of several messages, in order."""
    listed = tuple(contents)
    return Content(
        tuple(part for content in listed for part in content.parts),
        tuple(each for content in listed for each in content.attachments),
    )


def _part_text(part: Part) -> str:
    match part:
        case TextPart():
            return part.text
        case ImagePart():
            return f"{part.alt} {part.url}".strip()
        case CardPart():
            return " ".join(word for word in (part.title, part.text, part.url) if word)
