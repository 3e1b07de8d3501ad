"""`xiaoer`: serve, try, check and work the queue from a terminal."""

import os
import sys

import typer

from app.commands import (
    approvals,
    ask,
    backup,
    chat,
    check,
    database,
    desk,
    evaluate,
    exchange,
    figures,
    learn,
    mentions,
    new,
    outbox,
    phrases,
    proposals,
    replay,
    replies,
    send,
    serve,
    status,
    tickets,
    todos,
    tokens,
    understand,
    usage,
    versions,
)
from app.observability.logs import configure_logs

app = typer.Typer(
    name="xiaoer",
    help="小二：中文网店的一线客服。先 `xiaoer serve --demo`，再 `xiaoer send 你好`。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
serve.register_commands(app)
send.register_commands(app)
chat.register_commands(app)
ask.register_commands(app)
understand.register_commands(app)
evaluate.register_commands(app)
check.register_commands(app)
replay.register_commands(app)
learn.register_commands(app)
tickets.register_commands(app)
mentions.register_command(tickets.tickets)
desk.register_commands(app)
replies.register_commands(app)
approvals.register_commands(app)
phrases.register_commands(app)
proposals.register_commands(app)
todos.register_commands(app)
figures.register_commands(app)
outbox.register_commands(app)
tokens.register_commands(app)
database.register_commands(app)
backup.register_commands(app)
versions.register_commands(app)
status.register_commands(app)
new.register_commands(app)
exchange.register_commands(app)


def main() -> None:
    """The console command; `serve` sets up the service's own logs."""
    # Our matrices are small: a second thread of BLAS only waits for the first, at twice the processor time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    configure_logs("WARNING", readable=True, stream=sys.stderr)
    usage.speak_chinese()
    app()
