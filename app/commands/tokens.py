"""`xiaoer tokens`: issues, lists and revokes agents' tokens."""

from typing import Annotated

import typer

from app.commands import local_state, store_access, terminal
from app.domain.clock import utc_now
from handoff.agents import AgentRole
from handoff.sessions import SessionKeeper

tokens = typer.Typer(help="客服令牌：只存哈希，签发时显示一次。", no_args_is_help=True)


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(tokens, name="tokens")


@tokens.command()
def add(
    agent: Annotated[str, typer.Argument(help="客服的名字或编号")],
    role: Annotated[AgentRole, typer.Option(help="agent 客服 | supervisor 主管 | admin 管理员")] = AgentRole.AGENT,
    shop: Annotated[list[str] | None, typer.Option(help="只管这些店；不写就是所有店")] = None,
) -> None:
    """签发一个令牌。请马上抄下：以后不能再显示。"""
    from app.web.auth import issue_token

    token = store_access.run_with_store(lambda store: issue_token(store, agent, role, shop or None, utc_now()))
    terminal.print_text(token)


@tokens.command()
def code(
    agent: Annotated[str, typer.Argument(help="客服的名字，要有一个有效的令牌")],
    link: Annotated[bool, typer.Option("--link", help="给工作台的网址，点开就登录")] = False,
    url: local_state.Url = local_state.DEFAULT_URL,
) -> None:
    """给一个登录码：5 分钟内在浏览器里登录一次，不必抄令牌。"""
    from app.web.auth import issue_sign_in_code

    issued = store_access.run_with_store(lambda store: issue_sign_in_code(store, SessionKeeper(store, utc_now), agent))
    terminal.print_text(desk_link(url, issued) if link else issued)


def desk_link(url: str, code: str) -> str:
    """The desk's address that signs in; after the # it is sent to no server and stands in no log."""
    return f"{url.rstrip('/')}/desk#code={code}"


@tokens.command("list")
def print_tokens() -> None:
    """列出令牌（只有哈希的开头）。"""
    for token in store_access.run_with_store(lambda store: store.list_tokens()):
        state = "已作废" if token.revoked_at else "有效"
        shops = "、".join(sorted(token.shops)) if token.shops is not None else "所有店"
        terminal.print_text(f"{token.token_hash[:12]}  {token.agent}  {token.role.value}  {shops}  {state}")


@tokens.command()
def revoke(who: Annotated[str, typer.Argument(help="客服的名字，或令牌哈希的开头（至少8位）")]) -> None:
    """作废一个人的所有令牌，或一个令牌。"""
    from app.web.auth import revoke_tokens

    gone = store_access.run_with_store(lambda store: revoke_tokens(store, who, utc_now()))
    terminal.print_text(f"已作废 {len(gone)} 个令牌。")
