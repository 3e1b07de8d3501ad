"""Runs in Rasa's own environment: Rasa's console client says the lines of standard input to a server, as JSON."""

import asyncio
import json
import sys

from rasa.core.channels import console


async def say(url: str, token: str, sender: str, line: str) -> dict[str, list[object]]:
    """What the block and the stream client each get for the line, as two buyers."""
    block = await console.send_message_receive_block(url, token, f"{sender}-block", line)
    stream = [part async for part in console._send_message_receive_stream(url, token, f"{sender}-stream", line)]
    return {"block": block, "stream": stream}


async def main(url: str, token: str, sender: str) -> None:
    """Every line of standard input, one JSON document each."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(await say(url, token, sender, line.strip()), ensure_ascii=False) + "\n")


asyncio.run(main(*sys.argv[1:4]))
