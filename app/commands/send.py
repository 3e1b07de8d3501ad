"""`xiaoer send`: sends a buyer's messages over HTTP, signed."""

import json
from dataclasses import dataclass
from itertools import takewhile
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import typer
from standardwebhooks import Webhook

from app.commands import local_state, terminal
from app.domain.clock import utc_now
from app.settings import Settings

console = terminal.make_console()
OWNERS = {"bot": "机器人", "queue": "排队等人工", "agent": "人工", "closed": "已结束"}


@dataclass(frozen=True, slots=True)
class TerminalConversation:
    """The constants of one conversation at the terminal."""

    url: str
    shop: str
    secret: str
    buyer: str
    conversation: str
    context: dict[str, str]
    image: str = ""

    def send_message(self, text: str, message_id: str, kind: str) -> dict[str, Any]:
        """Sends one message and returns the answer's body."""
        message = {
            "id": message_id,
            "conversation": self.conversation,
            "sender": {"id": self.buyer},
            "text": text,
            "type": kind,
            "context": self.context,
        } | ({"image": {"url": self.image}} if self.image else {})
        return self._post_signed("messages", message)

    def list_agent_lines(self, message_id: str) -> list[str]:
        """The lines of agents between the buyer's previous message and this one."""
        lines = self._post_signed("lines", {"conversation": self.conversation})["lines"]
        before = list(takewhile(lambda line: line["message_id"] != message_id, lines))
        unread = list(takewhile(lambda line: line["author"] != "buyer", reversed(before)))
        return [line["text"] for line in reversed(unread) if line["author"] == "agent"]

    def _post_signed(self, what: str, document: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(document, ensure_ascii=False)
        url = f"{self.url.rstrip('/')}/v1/shops/{quote(self.shop, safe='')}/{what}"
        response = httpx.post(url, content=body.encode(), headers=signature_headers(self.secret, body), timeout=10)
        answer: dict[str, Any] = terminal.read_document(response)
        return answer


def signature_headers(secret: str, body: str) -> dict[str, str]:
    """The three Standard Webhooks headers of this body, signed now."""
    now = utc_now()
    delivery = f"msg_{uuid4().hex}"
    signature = Webhook(secret).sign(delivery, now, body)
    return {
        "content-type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(send)


def send(  # noqa: PLR0917 (options are given by name)
    text: Annotated[list[str] | None, typer.Argument(help="消息内容；不写就像聊天一样连着发，空行结束")] = None,
    shop: Annotated[str, typer.Option(help="店铺")] = "demo",
    buyer: Annotated[str, typer.Option(help="买家编号，演示店有 buyer-01 …")] = "buyer-01",
    conversation: Annotated[str, typer.Option(help="会话；默认每个买家一个")] = "",
    product: Annotated[str, typer.Option(help="买家正在看的商品编号")] = "",
    sku: Annotated[str, typer.Option(help="买家正在看的规格编号")] = "",
    order: Annotated[str, typer.Option(help="买家正在看的订单号")] = "",
    kind: Annotated[str, typer.Option("--type", help="text | image | product_card | order_card")] = "text",
    image: Annotated[str, typer.Option(help="图片的网址，和 --type image 一起用")] = "",
    message_id: Annotated[str, typer.Option("--id", help="消息编号；同一编号再发一次就是重复消息")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="原样打印服务返回的 JSON")] = False,
    url: local_state.Url = local_state.DEFAULT_URL,
) -> None:
    """以买家身份发消息：签名、发送，并像聊天一样显示回复。"""
    secret = local_state.require_secret(Settings().state_dir, shop)
    context = {
        name: value for name, value in {"product_id": product, "sku_id": sku, "order_id": order}.items() if value
    }
    line = TerminalConversation(url, shop, secret, buyer, conversation or f"cli-{buyer}", context, image)
    with local_state.explain_unanswered(url):
        if text or image or kind != "text":
            _send_and_print(line, " ".join(text or ()), message_id, kind, as_json=as_json)
        else:
            _run_chat(line, as_json=as_json)


def _run_chat(line: TerminalConversation, *, as_json: bool) -> None:
    console.print("[dim]直接打字，回车发送；空行结束。[/dim]")
    while True:
        try:
            typed = console.input("[bold cyan]买家[/bold cyan] ").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if not typed:
            return
        _send_and_print(line, typed, "", "text", as_json=as_json, echo=False)


def _send_and_print(
    line: TerminalConversation, text: str, message_id: str, kind: str, *, as_json: bool, echo: bool = True
) -> None:
    message = message_id or f"cli-{uuid4().hex[:12]}"
    body = line.send_message(text, message, kind)
    if as_json:
        terminal.print_document(body)
        return
    for said in line.list_agent_lines(message):
        console.print("[bold magenta]人工[/bold magenta] ", end="")
        console.print(said, markup=False)
    if echo:
        console.print("[bold cyan]买家[/bold cyan] ", end="")
        console.print(text or f"（{kind}）", markup=False)
    for reply in body["replies"]:
        console.print("[bold green]小二[/bold green] ", end="")
        console.print(reply["text"], markup=False)
    console.print(f"[dim]{_decision_summary(body)}[/dim]")


def _decision_summary(body: dict[str, Any]) -> str:
    decision = body["decision"]
    parts = [f"{decision['action']} {decision['intent']} {decision['confidence']:.2f}"]
    parts += [f"问答 {decision['faq']}"] if decision["faq"] else []
    parts += [f"原因 {decision['reason']}"] if decision["reason"] else []
    parts += [f"工单 {body['handoff']['id'][:8]}… {body['handoff']['group']}"] if body["handoff"] else []
    parts += ["没有回复"] if not body["replies"] else []
    parts += ["重复消息，原样返回"] if body["duplicate"] else []
    return " · ".join([*parts, f"接待：{OWNERS[body['owner']]}", f"trace …{body['trace_id'][-8:]}"])
