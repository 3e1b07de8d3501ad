"""`xiaoer serve`: runs the service."""

import asyncio
import gc
import os
import shlex
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from app.commands import local_state, store_access, terminal
from app.commands.single_process import hold_database_lock
from app.commands.tokens import desk_link
from app.settings import AGENT_TOKEN_FILE, PACKAGED_SHOPS, Settings, find_secret_problems, secret_name, shop_secret

DEMO = "demo"


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="端口，默认 8000")] = None,
    shops: Annotated[Path | None, typer.Option(help="店铺文件夹的上级目录，默认自带的 faq/")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="为每家店备好密钥和令牌，并说明接下来怎么试")] = False,
) -> None:
    """启动服务。数据库会自动升级；店铺文件改动后几秒内生效。"""
    given = {"host": host, "port": port, "shops_dir": shops}
    settings = store_access.read_settings(**{name: value for name, value in given.items() if value is not None})
    _refuse_bad_secrets()
    if demo:
        settings = _prepare_demo(settings)
    with store_access.explain_trouble(), hold_database_lock(settings.effective_database_url):
        _run_event_loop(_serve_app(settings, demo=demo))


def _refuse_bad_secrets() -> None:
    """Exits for a secret that can be guessed or that signs nothing, which is worse than none."""
    wrong = find_secret_problems()
    if wrong:
        listed = "\n".join(f"  {name}: {problem}" for name, problem in wrong.items())
        terminal.exit_with_error(
            f"服务没有启动，这些密钥太弱或写法有误：\n{listed}\n"
            "密钥应为 whsec_ 加上 24 至 64 个随机字节的 base64，更换期间可写“新,旧”。生成一个：\n"
            "  echo whsec_$(openssl rand -base64 32)"
        )


def _run_event_loop(serving: Coroutine[None, None, None]) -> None:
    from uvicorn.loops.auto import auto_loop_factory

    # uvicorn chooses uvloop only when it starts the loop itself
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(serving)


def _prepare_demo(settings: Settings) -> Settings:
    """Secrets for every shop that has none, and the token of Rasa's channel."""
    for shop in sorted(settings.shops_dir.glob("*/shop.yml")):
        name = shop.parent.name
        if not shop_secret(name):
            os.environ[secret_name(name)] = local_state.ensure_secret(settings.state_dir, name)
    token = settings.rest_token or local_state.ensure_token(settings.state_dir / local_state.REST_TOKEN_FILE)
    return settings.model_copy(update={"rest_token": token, "log_text": True, "log_level": "WARNING"})


async def _serve_app(settings: Settings, *, demo: bool) -> None:
    import uvicorn

    from app.delivery.feed import LiveFeed
    from app.main import create_app

    code = await _issue_demo_code(settings) if demo else ""
    feed = LiveFeed()
    web = await create_app(settings, feed=feed)
    _freeze_heap()
    config = uvicorn.Config(
        web,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    words = _demo_hints(settings, code) if demo else ""
    server = _AnnouncingServer(config, words, feed.close)
    await server.run_until_stopped()
    if not server.has_started:
        terminal.exit_with_error(f"服务没有启动：端口 {settings.port} 可能被占用，请换一个 --port。")


def _freeze_heap() -> None:
    """Excludes what was opened from garbage collection, which would stop every turn for a tenth of a second."""
    gc.collect()
    gc.freeze()


async def _issue_demo_code(settings: Settings) -> str:
    """A sign-in code for the desk, as the agent whose token lies in the state folder.

    Before the service opens the database: a file opened twice in one process loses SQLite's locks at the first closing.
    """
    from app.domain.clock import utc_now
    from app.storage.store import open_store
    from app.web.auth import DEMO_AGENT, ensure_demo_token, issue_sign_in_code
    from handoff.sessions import SessionKeeper

    store = await open_store(settings.effective_database_url)
    try:
        await ensure_demo_token(store, settings.state_dir, utc_now())
        return await issue_sign_in_code(store, SessionKeeper(store, utc_now), DEMO_AGENT)
    finally:
        await store.close()


def _demo_hints(settings: Settings, code: str) -> str:
    url = settings.own_url
    state = settings.state_dir
    rest = "环境变量 XIAOER_REST_TOKEN" if Settings().rest_token else state / local_state.REST_TOKEN_FILE
    shop = _choose_shown_shop(settings.shops_dir)
    folder = shlex.quote(str(settings.shops_dir / shop))
    return f"""
小二已开张：{url}    接口文档 {url}/docs

客服工作台(点开就登录，5 分钟内用一次；再要一个：.venv/bin/xiaoer tokens code demo --link)：
  {desk_link(url, code)}

接下来可以试（另开一个终端）：
{_first_commands(settings, shop)}
  .venv/bin/xiaoer check {folder}                 检查店铺文件

对接平台：POST {url}/v1/shops/{quote(shop)}/messages，用 Standard Webhooks 签名，
  密钥在环境变量 {secret_name(shop)}；没有设置时保存在 {state / local_state.secret_file_name(shop)}
  客服软件的令牌在 {state / AGENT_TOKEN_FILE}，Rasa 通道的 ?token= 在 {rest}
按 Ctrl+C 停止。
"""


def _choose_shown_shop(shops_dir: Path) -> str:
    """The shop that the hints are about: the demo shop, else the first there is."""
    names = sorted(place.parent.name for place in shops_dir.glob("*/shop.yml"))
    return DEMO if DEMO in names or not names else names[0]


def _first_commands(settings: Settings, shop: str) -> str:
    """What to type first, with the options without which it would reach another shop or another service."""
    shown = "" if shop == DEMO else f" --shop {shlex.quote(shop)}"
    shops = (
        ""
        if settings.shops_dir.resolve() == PACKAGED_SHOPS.resolve()
        else f" --shops {shlex.quote(str(settings.shops_dir))}"
    )
    lines = [
        f".venv/bin/xiaoer send 现在拍今天能发吗{shown}          以买家身份发一条消息",
        f".venv/bin/xiaoer send{shown}                           像聊天一样连着发",
        f".venv/bin/xiaoer send 给我转人工{shown}                 进入人工队列",
        ".venv/bin/xiaoer tickets list                   看人工队列，再 tickets claim / reply / resolve",
        f".venv/bin/xiaoer ask 几天发货 --trace{shown}{shops}  不经过服务，看它怎么想的",
    ]
    if shop == DEMO:
        lines.insert(2, ".venv/bin/xiaoer send 我的快递到哪了 --buyer buyer-03")
    if settings.own_url != local_state.DEFAULT_URL:
        lines.insert(0, f"export XIAOER_URL={settings.own_url}      下面的命令才找得到这个端口")
    return "\n".join(f"  {line}" for line in lines)


class _AnnouncingServer:
    """A uvicorn server that prints a hint once it listens, and ends live listeners before it stops."""

    def __init__(self, config: object, words: str, end_listeners: Callable[[], None]) -> None:
        import uvicorn

        class Server(uvicorn.Server):
            async def startup(self, sockets: object = None) -> None:
                await super().startup(sockets)  # type: ignore[arg-type]  # handed through as it came
                if self.started and words:
                    terminal.print_text(words)

            async def shutdown(self, sockets: object = None) -> None:
                end_listeners()
                await super().shutdown(sockets)  # type: ignore[arg-type]  # handed through as it came

        self._server = Server(config)  # type: ignore[arg-type]  # a uvicorn.Config, imported late

    @property
    def has_started(self) -> bool:
        """Whether the server has started to listen."""
        return self._server.started

    async def run_until_stopped(self) -> None:
        """Serves until stopped."""
        await self._server.serve()
