"""Validates typed parts and attachments of HTTP bodies and converts them to the domain's types."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.content import Attachment, CardKind, CardPart, Content, ImagePart, Part, TextPart, complete_parts
from app.domain.plain_text import LONGEST_ID, OPTIONAL_ID_PATTERN, URL_PATTERN, clean_text
from app.http_client import url_problem

LONGEST_URL = 2048
MOST_PARTS = 20
MOST_ATTACHMENTS = 10


def _check_url(url: str) -> str:
    problem = url_problem(url)
    if problem:
        raise ValueError(problem)
    return url


Url = Annotated[
    str,
    Field(max_length=LONGEST_URL, pattern=URL_PATTERN, examples=["https://img.example/1.jpg"]),
    AfterValidator(_check_url),
]
ShortText = Annotated[str, Field(max_length=500), AfterValidator(clean_text)]
LongText = Annotated[str, Field(max_length=10_000), AfterValidator(clean_text)]


class _PartModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ImageIn(_PartModel):
    """A picture by its URL, which people see and the service never opens."""

    url: Url
    alt: ShortText = ""


class TextPartIn(_PartModel):
    """A paragraph."""

    type: Literal["text"]
    text: LongText

    def to_part(self) -> Part:
        """Converts to the domain's type."""
        return TextPart(self.text)


class ImagePartIn(ImageIn):
    """A picture among the parts."""

    type: Literal["image"]

    def to_part(self) -> Part:
        """Converts to the domain's type."""
        return ImagePart(self.url, self.alt)


class CardPartIn(_PartModel):
    """A product, an order or a link; `id` is the shop's own id of the product or order."""

    type: Literal["card"]
    kind: CardKind = CardKind.LINK
    title: ShortText = ""
    id: Annotated[str, Field(max_length=LONGEST_ID, pattern=OPTIONAL_ID_PATTERN)] = ""
    url: Url | None = None
    image: Url | None = None
    text: ShortText = ""

    def to_part(self) -> Part:
        """Converts to the domain's type."""
        return CardPart(self.title, self.kind, self.id, self.url or "", self.image or "", self.text)


class AttachmentIn(_PartModel):
    """A file by its URL; `size` in bytes."""

    url: Url
    name: ShortText = ""
    media_type: Annotated[str, Field(max_length=128, pattern=OPTIONAL_ID_PATTERN)] = ""
    size: Annotated[int, Field(ge=0, le=2**53)] | None = None

    def to_attachment(self) -> Attachment:
        """Converts to the domain's type."""
        return Attachment(self.url, self.name, self.media_type, self.size)


PartIn = Annotated[TextPartIn | ImagePartIn | CardPartIn, Field(discriminator="type")]
PartsIn = Annotated[tuple[PartIn, ...], Field(max_length=MOST_PARTS)]
AttachmentsIn = Annotated[tuple[AttachmentIn, ...], Field(max_length=MOST_ATTACHMENTS)]


def read_content(
    text: str, parts: Sequence[PartIn], attachments: Sequence[AttachmentIn], image: ImageIn | None = None
) -> Content:
    """Reads a body's content, empty for a body of text alone; an `image` beside the parts comes after them."""
    given = [part.to_part() for part in parts]
    if image is not None:
        given.append(ImagePart(image.url, image.alt))
    listed = tuple(each.to_attachment() for each in attachments)
    if listed and not given and text:
        return Content((TextPart(text),), listed)
    return complete_parts(text, Content(tuple(given), listed))


def part_texts(content: Content) -> str:
    """The text parts, one paragraph each."""
    return "\n".join(part.text for part in content.parts if isinstance(part, TextPart))
