"""Replays every written dialogue over HTTP and prints a table by kind.

It starts a service of its own at the hour that the dialogues are written for. Given the address of another service it
asks that one, with the secrets of this machine's state folder: what is promised then hangs on that service's clock.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from app.commands.local_state import find_secret
from app.commands.send import TerminalConversation
from app.settings import Settings, secret_name
from tests.dialogues.script import NOW, Dialogue, read_dialogues
from tests.journeys.service import SECRET, free_port, start, wait_until_ready

SecretFinder = Callable[[str], str]


def play_dialogue(dialogue: Dialogue, url: str, run: str, find: SecretFinder) -> list[str]:
    """The faults of its last answer; each run is a conversation of its own."""
    secret = find(dialogue.shop)
    if not secret:
        return [f"no secret for {dialogue.shop}"]
    body = {}
    for at, line in enumerate(dialogue.lines):
        conversation = f"{run}{dialogue.name}"
        sender = TerminalConversation(url, dialogue.shop, secret, line.buyer, conversation, dict(line.context))
        body = sender.send_message(line.say, f"{conversation}-{at}", line.type)
    return dialogue.find_faults(body)


@contextmanager
def service_at(now: datetime, shops: set[str]) -> Iterator[str]:
    """The address of a service whose clock began at that moment."""
    ahead = (now - datetime.now(UTC)).total_seconds()
    with tempfile.TemporaryDirectory() as folder:
        state, port = Path(folder), free_port()
        secrets = {secret_name(shop): SECRET for shop in shops}
        process = start(state, port, program=("-m", "tests.abuse.skewed", str(ahead)), **secrets)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, state)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def print_replay(dialogues: list[Dialogue], url: str, run: str, find: SecretFinder) -> int:
    """Print what holds; 1 where something does not. Which of several wordings is said hangs on `run`."""
    right, all_of, faults = Counter[str](), Counter[str](), []
    for dialogue in dialogues:
        wrong = play_dialogue(dialogue, url, run, find)
        all_of[dialogue.kind] += 1
        right[dialogue.kind] += not wrong
        faults += [f"{dialogue.name}: {each}" for each in wrong]
    rows = [f"{kind:16} {right[kind]}/{count}" for kind, count in all_of.items()]
    sys.stdout.write("\n".join([*faults, *rows, f"{'all':16} {right.total()}/{all_of.total()}"]) + "\n")
    return 1 if faults else 0


def main(url: str = "") -> int:
    """Against the service at this address, or one of its own."""
    dialogues = read_dialogues()
    if url:
        return print_replay(dialogues, url, uuid4().hex[:8], partial(find_secret, Settings().state_dir))
    with service_at(NOW, {dialogue.shop for dialogue in dialogues}) as own:
        return print_replay(dialogues, own, "", lambda _: SECRET)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
