"""Follow-ups (回访) and tasks of other departments, over HTTP."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.plain_text import ID_PATTERN, LONGEST_ID, clean_text
from app.domain.todo import Todo, TodoKind, TodoState
from app.web.auth import AgentAuthenticator
from app.web.handoff_talk import AgentText
from app.web.openapi import example_response, problem_responses
from app.web.paging import AGENTS_ID_PATTERN, OWN_ID_PATTERN, Cursor, Id, Limit, ShopInPath, ShopName, shop_filter
from handoff.agents import Agent
from handoff.todo_ports import TodoFilter
from handoff.todos import NewTodo, TodoDesk

LONGEST_ABOUT = 500
EXAMPLE = {
    "id": "01jy0q6x7k~f-1",
    "shop": "demo",
    "channel": "api",
    "conversation": "c-1001",
    "handoff_id": "01jy0q6x7k",
    "kind": "task",
    "about": "核对 202606150001 少发的一只茶杯，补发后回我运单号",
    "department": "仓库",
    "agent": "xiaowang",
    "made_by": "xiaowang",
    "made_at": "2026-06-18T02:00:00Z",
    "due_at": "2026-06-18T08:00:00Z",
    "late": False,
    "state": "open",
    "result": "",
    "ended_by": None,
    "ended_at": None,
}
Note = Annotated[str, AgentText, Field(max_length=LONGEST_ABOUT), AfterValidator(clean_text)]
AgentName = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN)]
Department = Annotated[str, Field(max_length=20, pattern=r"^[^\x00]*$")]


class TodoBody(BaseModel):
    """What is to be done, and by when."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"kind": "follow_up", "about": "问问换的杯子收到没有", "due_at": "2036-06-20T02:00:00Z"}
        },
    )

    kind: TodoKind = Field(description="follow_up 回访，到时间提醒客服 | task 给别的部门的任务，会话仍在客服手上")
    about: Annotated[str, AgentText, Field(min_length=1, max_length=LONGEST_ABOUT), AfterValidator(clean_text)]
    due_at: AwareDatetime = Field(description="什么时候提醒，或最晚什么时候做完；最远 180 天")
    department: Department = Field(
        default="", description="任务给哪个部门：shop.yml 的 departments 之一，默认仓库、财务", examples=["仓库"]
    )
    agent: AgentName | None = Field(default=None, description="提醒谁、任务做完告诉谁；不写是自己")
    id: Annotated[str, Field(pattern=AGENTS_ID_PATTERN)] | None = Field(
        default=None, description="自己的编号；同一编号重发不会重复，同一编号换了内容会被拒绝（409）"
    )


class TodoResultBody(BaseModel):
    """What came of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"result": "已补发，SF1234567890"}})

    result: Note = ""


class TodoMoveBody(BaseModel):
    """To when."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"due_at": "2036-06-21T02:00:00Z"}})

    due_at: AwareDatetime


class TodoItem(BaseModel):
    """A follow-up or a task."""

    id: str
    shop: str
    channel: str
    conversation: str
    handoff_id: str
    kind: TodoKind
    about: str
    department: str = Field(description="任务是哪个部门的；回访为空")
    agent: str = Field(description="提醒谁、任务做完告诉谁；空是没有人，例如平台上答的")
    made_by: str = Field(description="空是机器人：买家评价低时自动记的回访")
    made_at: AwareDatetime
    due_at: AwareDatetime
    late: bool = Field(description="没有结束，时间已过")
    state: TodoState
    result: str = Field(description="做得怎样，或为什么取消")
    ended_by: str | None
    ended_at: AwareDatetime | None


class TodoList(BaseModel):
    """Follow-ups and tasks, the first due first."""

    items: list[TodoItem]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


class DepartmentList(BaseModel):
    """Who takes tasks in a shop."""

    departments: list[str] = Field(examples=[["仓库", "财务"]])


def _todo_filter(
    shop: ShopName = None,
    state: Annotated[list[TodoState] | None, Query(description="可写多个；不写是全部")] = None,
    kind: Annotated[TodoKind | None, Query(description="follow_up 回访 | task 任务")] = None,
    of: Annotated[
        str | None, Query(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN, description="提醒这个人的")
    ] = None,
    department: Annotated[
        str | None, Query(min_length=1, max_length=20, pattern=r"^[^\x00]+$", description="这个部门的任务")
    ] = None,
    handoff: Annotated[str | None, Query(pattern=OWN_ID_PATTERN, description="只看这张工单")] = None,
) -> TodoFilter:
    return TodoFilter(shop_filter(shop), frozenset(state) if state else None, kind, of, department, handoff)


def todos_router(desk: TodoDesk, guard: AgentAuthenticator, clock: Callable[[], datetime]) -> APIRouter:
    """The routes under /v1/handoffs/{id}/todos and /v1/todos."""
    routes = APIRouter(tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    changing = example_response(EXAMPLE) | problem_responses(401, 403, 404, 409, 413, 422, 503)

    def show(todo: Todo) -> TodoItem:
        return view_todo(todo, clock())

    @routes.post(
        "/v1/handoffs/{handoff_id}/todos",
        operation_id="addTodo",
        responses=changing,
        summary="在工单上记一个回访，或给别的部门派一个任务",
        description="会话仍在客服手上；工单结束以后也可以记。到时间推送 `todo`（todo.due）：回访响，任务变红。",
    )
    async def add_todo(handoff_id: Id, body: TodoBody, agent: Caller) -> TodoItem:
        told = body.model_dump(exclude={"id"})
        return show(await desk.set(agent, handoff_id, NewTodo(id=body.id or uuid4().hex, **told)))

    @routes.get(
        "/v1/todos",
        operation_id="listTodos",
        responses=example_response({"items": [EXAMPLE], "next": None}) | problem_responses(401, 403, 422, 503),
        summary="列出回访和任务，先到时间的在前",
        description="自己负责的店铺的。翻页时把上一页的 next 作为 cursor 传回。",
    )
    async def list_todos(
        agent: Caller,
        wanted: Annotated[TodoFilter, Depends(_todo_filter)],
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> TodoList:
        page = await desk.list_visible(agent, wanted, limit=limit, cursor=cursor)
        return TodoList(items=[show(todo) for todo in page.todos], next=page.next_cursor)

    @routes.get(
        "/v1/shops/{shop}/departments",
        operation_id="listDepartments",
        responses=example_response({"departments": ["仓库", "财务"]}) | problem_responses(401, 403, 422, 503),
        summary="可以派任务的部门",
        description="shop.yml 的 departments；没有写是仓库、财务。",
    )
    async def list_departments(shop: ShopInPath, agent: Caller) -> DepartmentList:
        return DepartmentList(departments=list(desk.list_departments(agent, shop)))

    @routes.post(
        "/v1/todos/{todo_id}/done",
        operation_id="finishTodo",
        responses=changing,
        summary="做完了",
        description="任务同店铺的人都可以；回访是它的客服和主管。推送 `todo`（todo.done），派任务的客服看得到结果。",
    )
    async def finish_todo(todo_id: Id, agent: Caller, body: TodoResultBody | None = None) -> TodoItem:
        return show(await desk.finish(agent, todo_id, body.result if body else ""))

    @routes.post(
        "/v1/todos/{todo_id}/cancel",
        operation_id="cancelTodo",
        responses=changing,
        summary="不做了",
        description="result 写为什么。再来一次不算错；已经做完的答 409。",
    )
    async def cancel_todo(todo_id: Id, agent: Caller, body: TodoResultBody | None = None) -> TodoItem:
        return show(await desk.cancel(agent, todo_id, body.result if body else ""))

    @routes.post(
        "/v1/todos/{todo_id}/move",
        operation_id="moveTodo",
        responses=changing,
        summary="改时间",
        description="到新的时间再提醒一次。",
    )
    async def move_todo(todo_id: Id, body: TodoMoveBody, agent: Caller) -> TodoItem:
        return show(await desk.move(agent, todo_id, body.due_at))

    return routes


def view_todo(todo: Todo, now: datetime) -> TodoItem:
    """One as it is shown."""
    return TodoItem(
        id=todo.id,
        shop=todo.key.shop,
        channel=todo.key.channel,
        conversation=todo.key.conversation,
        handoff_id=todo.ticket_id,
        kind=todo.kind,
        about=todo.about,
        department=todo.department,
        agent=todo.agent,
        made_by=todo.made_by,
        made_at=todo.made_at,
        due_at=todo.due_at,
        late=todo.state is TodoState.OPEN and todo.due_at <= now,
        state=todo.state,
        result=todo.result,
        ended_by=todo.ended_by,
        ended_at=todo.ended_at,
    )
