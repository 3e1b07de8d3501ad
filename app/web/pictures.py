"""Pictures over HTTP: an agent uploads one for a handoff, and whoever is given its URL sees it."""

from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field

from app.domain.picture import ENDINGS, LARGEST_PICTURE, Picture, sniff_picture
from app.errors import MalformedError, NotFoundError, TooLargeError, error_sentence
from app.web.auth import AgentAuthenticator
from app.web.openapi import OPEN_TO_ALL, Responses, example_response, problem_responses
from app.web.paging import Id
from handoff.agents import Agent
from handoff.queue import HandoffQueue

UPLOAD_PATHS = r"/v1/handoffs/[^/]+/uploads"
MEGABYTE = 1024 * 1024
MOST_UPLOADED = LARGEST_PICTURE + MEGABYTE
SHOWN_PATH = "/media/"
SHOWN_HEADERS = {
    # A picture and nothing else: whatever it holds beside, no browser runs it.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, max-age=31536000, immutable",
}
BINARY = {"type": "string", "format": "binary"}
EXAMPLE: dict[str, Any] = {
    "url": "https://xiaoer.example.com/media/3f0c9a7d5b1e48c6a2d4f6081b3c5d7e.jpg",
    "media_type": "image/jpeg",
    "size": 48213,
}


class PictureStore(Protocol):
    """Keeps pictures."""

    async def add(self, picture: Picture) -> None:
        """Keep a picture; ConflictError for one too many of its ticket."""

    async def get(self, picture_id: str) -> Picture | None:
        """One picture, or None."""


class UploadedPicture(BaseModel):
    """A picture that can be sent now."""

    url: str = Field(
        examples=[EXAMPLE["url"]], description="写进 reply 的 parts：{type: image, url}；知道网址的人都看得到"
    )
    media_type: str = Field(examples=["image/jpeg"], description="按内容认出来的，不看请求怎么说")
    size: int = Field(examples=[48213], description="字节")


def _picture_responses() -> Responses:
    return {200: {"description": "图片", "content": {kind: {"schema": BINARY} for kind in ENDINGS}}}


def pictures_router(
    queue: HandoffQueue,
    pictures: PictureStore,
    guard: AgentAuthenticator,
    clock: Callable[[], datetime],
    public_url: str = "",
) -> APIRouter:
    """The routes. `public_url` is where platforms reach us; without it, the address that the agent called."""
    routes = APIRouter(tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    PictureName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}\.(jpg|png|gif|webp)$")]  # noqa: N806 - an alias

    @routes.post(
        "/v1/handoffs/{handoff_id}/uploads",
        operation_id="uploadPicture",
        responses=example_response(EXAMPLE) | problem_responses(401, 403, 404, 409, 413, 422, 503),
        summary="上传一张要发给买家的图片",
        description=f"请求体就是图片本身：JPEG、PNG、GIF、WebP，最大 {LARGEST_PICTURE // MEGABYTE} MB，"
        "按内容认类型，别的不收。处理这张工单的人和主管可以传。传完用 reply 的 parts 发出；和会话一起保留、一起删除。",
        openapi_extra={"requestBody": {"required": True, "content": {kind: {"schema": BINARY} for kind in ENDINGS}}},
    )
    async def upload_picture(handoff_id: Id, request: Request, agent: Caller) -> UploadedPicture:
        ticket = await queue.find_held(agent, handoff_id)
        content = await request.body()
        if len(content) > LARGEST_PICTURE:
            raise TooLargeError(error_sentence("picture_too_large", most=LARGEST_PICTURE // MEGABYTE))
        kind = sniff_picture(content)
        if kind is None:
            raise MalformedError(error_sentence("no_picture"))
        picture = Picture(token_hex(32), ticket.key, ticket.id, agent.id, kind, content, clock())
        await pictures.add(picture)
        address = public_url.rstrip("/") or str(request.base_url).rstrip("/")
        url = f"{address}{SHOWN_PATH}{picture.id}.{ENDINGS[kind]}"
        return UploadedPicture(url=url, media_type=kind, size=len(content))

    @routes.get(
        SHOWN_PATH + "{name}",
        operation_id="showPicture",
        response_class=Response,
        responses=_picture_responses() | problem_responses(404, 422, 503),
        summary="一张图片",
        description="不要令牌：网址里的 256 位随机数就是钥匙。",
        openapi_extra=OPEN_TO_ALL,
    )
    async def show_picture(name: PictureName) -> Response:
        picture_id, _, ending = name.partition(".")
        picture = await pictures.get(picture_id)
        if picture is None or ENDINGS[picture.media_type] != ending:
            raise NotFoundError(error_sentence("unknown_picture"))
        return Response(picture.content, media_type=picture.media_type, headers=SHOWN_HEADERS)

    return routes
