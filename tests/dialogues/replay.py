"""Replays every written dialogue over HTTP against a started service and prints a table by kind."""

import sys
from collections import Counter
from uuid import uuid4

from app.commands.local_state import DEFAULT_URL, find_secret
from app.commands.send import TerminalConversation
from app.settings import Settings
from tests.dialogues.script import Dialogue, read_dialogues


def play_dialogue(dialogue: Dialogue, url: str, run: str) -> list[str]:
    """The faults of its last answer; each run is a conversation of its own."""
    secret = find_secret(Settings().state_dir, dialogue.shop)
    if not secret:
        return [f"no secret for {dialogue.shop}"]
    body = {}
    for at, line in enumerate(dialogue.lines):
        conversation = f"{run}{dialogue.name}"
        sender = TerminalConversation(url, dialogue.shop, secret, line.buyer, conversation, dict(line.context))
        body = sender.send_message(line.say, f"{conversation}-{at}", line.type)
    return dialogue.find_faults(body)


def main(url: str = DEFAULT_URL) -> int:
    """Print what holds; 1 where something does not."""
    run, right, all_of, faults = uuid4().hex[:8], Counter[str](), Counter[str](), []
    for dialogue in read_dialogues():
        wrong = play_dialogue(dialogue, url, run)
        all_of[dialogue.kind] += 1
        right[dialogue.kind] += not wrong
        faults += [f"{dialogue.name}: {each}" for each in wrong]
    rows = [f"{kind:16} {right[kind]}/{count}" for kind, count in all_of.items()]
    sys.stdout.write("\n".join([*faults, *rows, f"{'all':16} {right.total()}/{all_of.total()}"]) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
