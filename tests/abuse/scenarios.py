"""What is done to the service, and what must hold afterwards. Each returns what it counted; a broken promise raises."""

import asyncio
import base64
import hmac
import json
import random
import resource
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import make_url

from app.delivery.worker import RetryPolicy
from tests.abuse.arena import Arena, Receiver, a_message, agents, shuffled
from tests.bench.client import SAYINGS
from tests.journeys.service import SECRET, signed

Counted = Mapping[str, int | str]
Scenario = Callable[[Arena, random.Random, int], Awaitable[Counted]]

TOGETHER = 24
BUYERS = 60
NEIGHBOUR = "neighbour"
"""The shop beside the one whose callback is down."""
NEIGHBOUR_SECONDS = 15
"""What it may wait for an answer on a busy machine; the other shop's wait is many times that."""
DOWN_SECONDS = 150
LEAST_REST_SECONDS = 4
"""Between two probes of a callback that stays down: half of the breaker's longest rest."""


async def kills(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """`kill -9` at random points while messages stream in; afterwards each is stored and answered exactly once."""
    bodies = [a_message(f"kill-{chance.randrange(BUYERS)}", chance.choice(SAYINGS)) for _ in range(messages)]
    points = set(chance.sample(range(messages // 10, messages), min(5, messages // 100)))
    acknowledged: dict[str, dict[str, Any]] = {}
    kills: list[asyncio.Task[None]] = []
    one_at_a_time = asyncio.Lock()

    async def one(number: int, body: dict[str, Any]) -> None:
        if number in points:
            kills.append(asyncio.create_task(_kill(arena, chance.choice(arena.ports), one_at_a_time)))
        acknowledged[body["id"]] = await arena.deliver(body, number, later=number % 2 == 0)

    await _together(bodies, one)
    await asyncio.gather(*kills)
    await arena.settled()
    _each_answered_once(arena, "kill-%", messages)
    _callbacks_match(arena, "kill-%")
    _each_heard_once(arena, "kill-%", {body["id"] for body in bodies[::2]})
    again = chance.sample(bodies[1::2], min(50, messages // 4))
    for body in again:
        repeat = await arena.deliver(body)
        assert repeat["duplicate"], body
        assert repeat["replies"] == acknowledged[body["id"]]["replies"]
    return {"messages": messages, "kills": len(points), "replayed": len(again)}


async def _kill(arena: Arena, port: int, one_at_a_time: asyncio.Lock) -> None:
    async with one_at_a_time:
        arena.kill(port)
        await arena.start(port)


def _each_answered_once(arena: Arena, conversations: str, messages: int) -> None:
    states = dict(
        arena.rows("SELECT state, count(*) FROM messages WHERE conversation LIKE :c GROUP BY state", c=conversations)
    )
    assert states == {"answered": messages}, states
    turns = arena.rows("SELECT count(*) FROM turns WHERE conversation LIKE :c", c=conversations)
    used = arena.rows("SELECT count(DISTINCT trace_id) FROM messages WHERE conversation LIKE :c", c=conversations)
    assert turns == used, (turns, used)


def _callbacks_match(arena: Arena, conversations: str) -> None:
    """The callback saw every line that was to go there, under one id each, and in the order it was said."""
    rows = arena.rows(
        "SELECT conversation, row_id FROM outbox WHERE kind = 'reply' AND conversation LIKE :c"
        " ORDER BY conversation, created_at",
        c=conversations,
    )
    said: dict[str, list[str]] = {}
    for conversation, row_id in rows:
        said.setdefault(conversation, []).append(row_id)
    heard = {name: lines for name, lines in arena.receiver.lines.items() if name in said}
    assert heard == said
    assert all(len(lines) == len(set(lines)) for lines in heard.values())


def _each_heard_once(arena: Arena, conversations: str, asked: set[str]) -> None:
    """Of the messages that asked for it, the callback heard one answer each, but where people had taken over."""
    rows = arena.rows(
        "SELECT m.message_id, t.body FROM messages m JOIN turns t ON t.shop = m.shop AND t.trace_id = m.trace_id"
        " WHERE m.conversation LIKE :c",
        c=conversations,
    )
    told = {message: 1 for message, body in rows if message in asked and json.loads(body)["replies"]}
    assert told
    assert {message: times for message, times in arena.receiver.answered.items() if message in asked} == told


async def duplicates(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """Every message five times at once and once later: one turn, one answer, the same for all."""
    bodies = [a_message(f"dup-{number}", chance.choice(SAYINGS)) for number in range(messages)]

    async def one(number: int, body: dict[str, Any]) -> None:
        answers = await asyncio.gather(*(arena.deliver(body, number + each) for each in range(5)))
        answers = [*answers, await arena.deliver(body, number)]
        assert sum(not answer["duplicate"] for answer in answers) == 1, answers
        assert len({str(answer["replies"]) for answer in answers}) == 1

    await _together(bodies, one)
    _each_answered_once(arena, "dup-%", messages)
    return {"messages": messages, "deliveries": messages * 6}


async def disorder(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """Late and reordered messages stand where they were sent, and nothing is answered again because of them."""
    began = datetime.now(UTC) - timedelta(minutes=5)
    told = [
        a_message("disorder", f"{SAYINGS[0]} {n}", sent_at=(began + timedelta(seconds=n)).isoformat())
        for n in range(messages)
    ]
    for number, body in enumerate(shuffled(told, chance)):
        await arena.deliver(body, number, later=number % 3 == 0)
    await arena.settled()
    _each_answered_once(arena, "disorder", messages)
    in_order = arena.rows("SELECT text FROM messages WHERE conversation = 'disorder' ORDER BY sent_at")
    assert [row[0] for row in in_order] == [body["text"] for body in told]
    return {"messages": messages}


async def forgeries(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """Nothing unsigned, wrongly signed, stale, oversized or unreadable gets in; none of it is a 500."""
    body = b'{"id":"forged","conversation":"forged","sender":{"id":"b"},"text":"hi"}'
    old, ahead = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    wrong = "whsec_" + base64.b64encode(chance.randbytes(32)).decode()
    attempts: list[tuple[int, bytes, dict[str, str]]] = [
        (401, body, {}),
        (401, body, signed(body, secret=wrong)),
        (401, body, signed(body, at=old)),
        (401, body, signed(body, at=ahead)),
        (401, body + b" ", signed(body)),
        (401, body, signed(body) | {"webhook-signature": ""}),
        (401, body, signed(body) | {"webhook-timestamp": "soon"}),
        (413, b"x" * 10_000_000, signed(b"x")),
        (422, b"{}", signed(b"{}")),
        (422, b"[", signed(b"[")),
    ]
    attempts += [_garbled(chance) for _ in range(messages)]
    seen = Counter[int]()
    for expected, raw, headers in attempts:
        response = await arena.client.post(f"{arena.url(0)}/v1/shops/demo/messages", content=raw, headers=headers)
        assert response.status_code == expected, (expected, response.status_code, raw[:80])
        assert response.headers["content-type"] == "application/problem+json"
        seen[response.status_code] += 1
    assert arena.rows("SELECT count(*) FROM messages WHERE conversation = 'forged'") == [(0,)]
    return {"attempts": len(attempts), **{str(status): times for status, times in sorted(seen.items())}}


def _garbled(chance: random.Random) -> tuple[int, bytes, dict[str, str]]:
    """Bytes that are not UTF-8, rightly signed: ours, and refused for what they are."""
    raw = b'{"id":"forged","conversation":"forged","sender":{"id":"b"},"text":"' + chance.randbytes(20) + b'\xff"}'
    headers = signed(raw)
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
    digest = hmac.digest(base64.b64decode(SECRET.removeprefix("whsec_")), told, "sha256")
    return 422, raw, headers | {"webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}


async def bursts(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """Quick messages of one buyer become few turns; none of the text is lost."""
    buyers = max(1, messages // 5)

    async def one(number: int, name: dict[str, Any]) -> None:
        for part in range(5):
            await arena.deliver(a_message(name["c"], chance.choice(SAYINGS)), number + part, later=True)
            await asyncio.sleep(chance.random() * 0.3)

    await _together([{"c": f"burst-{number}"} for number in range(buyers)], one)
    await arena.settled()
    _each_answered_once(arena, "burst-%", buyers * 5)
    _callbacks_match(arena, "burst-%")
    ((turns,),) = arena.rows("SELECT count(*) FROM turns WHERE conversation LIKE 'burst-%'")
    assert turns <= buyers * 2, (turns, buyers)
    return {"messages": buyers * 5, "turns": turns}


async def claims(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """Several people claim one ticket at once, twice each: exactly one has it, everybody else hears 409."""
    del chance
    for number in range(messages):
        answer = await arena.deliver(a_message(f"claim-{number}", "给我转人工"), number)
        ticket = answer["handoff"]["id"]
        asked = agents() * 2
        statuses = await asyncio.gather(*[_claim(arena, ticket, token, place) for place, token in enumerate(asked)])
        assert set(statuses) <= {httpx.codes.OK, httpx.codes.CONFLICT}, statuses
        winners = Counter(token for token, status in zip(asked, statuses, strict=True) if status == httpx.codes.OK)
        assert list(winners.values()) == [2], statuses
    return {"tickets": messages}


async def _claim(arena: Arena, ticket: str, token: str, number: int) -> int:
    url = f"{arena.url(number)}/v1/handoffs/{ticket}/claim"
    response = await arena.client.post(url, headers={"authorization": f"Bearer {token}"})
    return response.status_code


async def takeovers(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """A person claims while messages pour in: from the moment the claim is acknowledged the bot is silent."""
    spoken_over = 0
    for number in range(messages):
        name = f"takeover-{number}"
        ticket = (await arena.deliver(a_message(name, "给我转人工"), number))["handoff"]["id"]
        pouring = [
            asyncio.create_task(arena.deliver(a_message(name, chance.choice(SAYINGS)), number + each))
            for each in range(6)
        ]
        await asyncio.sleep(chance.random() * 0.05)
        assert await _claim(arena, ticket, agents()[0], number) == httpx.codes.OK
        after = await arena.deliver(a_message(name, "还在吗"), number)
        await asyncio.gather(*pouring)
        spoken_over += bool(after["replies"])
        assert after["owner"] == "agent"
    assert spoken_over == 0
    late = arena.rows(
        "SELECT count(*) FROM replies r JOIN tickets t ON t.shop = r.shop AND t.conversation = r.conversation"
        " WHERE r.author = 'bot' AND r.conversation LIKE 'takeover-%' AND r.at > t.claimed_at + 2000000"
    )
    assert late == [(0,)]
    return {"takeovers": messages}


async def callback_down(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """One shop's callback is down for minutes, in every way: its neighbour hears as ever, and at last it hears all."""
    loop = asyncio.get_running_loop()
    began, slowest = loop.time(), 0.0
    early = 0
    asked = set[str]()
    arena.receiver.down = True
    for number in range(messages):
        early = arena.receiver.refused if number == messages // 2 else early
        name = f"beside-{number}"
        body = a_message(f"down-{number % 10}", chance.choice(SAYINGS))
        await arena.deliver(body, number, later=True)
        asked.add(body["id"])
        await arena.deliver(a_message(name, "在吗"), number, later=True, shop=NEIGHBOUR)
        slowest = max(slowest, await _heard(arena.receivers[NEIGHBOUR], name))
        await asyncio.sleep(began + DOWN_SECONDS * (number + 1) / messages - loop.time())
    refused, down = arena.receiver.refused, loop.time() - began
    assert not arena.receiver.lines
    arena.receiver.down = False
    await arena.settled()
    _callbacks_match(arena, "down-%")
    _each_heard_once(arena, "down-%", asked)
    assert 0 < refused < len(arena.ports) * down / 2, (refused, down)  # each process probes for itself
    assert 0 < refused - early <= len(arena.ports) * down / 2 / LEAST_REST_SECONDS, (early, refused, down)
    return {
        "messages": messages,
        "seconds down": round(down),
        "refused": refused,
        "all there after": f"{loop.time() - began - down:.0f} s",
        "neighbour's slowest": f"{slowest:.1f} s",
    }


async def _heard(receiver: Receiver, conversation: str) -> float:
    """How many seconds a shop waited for the answer of a conversation."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while conversation not in receiver.lines:
        assert loop.time() - began < NEIGHBOUR_SECONDS, conversation
        await asyncio.sleep(0.05)
    return loop.time() - began


async def clock_jumps(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """A process's clock is a day ahead, then a day behind, killed each time: nothing is lost or said twice."""
    port, day = arena.ports[0], 86_400
    place, answered = arena.ports.index(port), 0
    for ahead in (day, -day, 0):
        arena.kill(port)
        await arena.start(port, ahead=ahead)
        for number in range(messages):
            body = a_message(f"clock-{number % 5}", chance.choice(SAYINGS))
            await arena.deliver(body, place + number * len(arena.ports), later=number % 2 == 0)
            answered += 1
    await arena.settled()
    _each_answered_once(arena, "clock-%", answered)
    _callbacks_match(arena, "clock-%")
    ((apart,),) = arena.rows(
        "SELECT max(received_at) - min(received_at) FROM messages WHERE conversation LIKE 'clock-%'"
    )
    assert apart > 1.9 * day * 1_000_000, apart  # the clocks did jump, both ways
    return {"messages": answered, "jumps": 3}


async def farewell(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """Told to stop, a process answers all it has accepted before it goes; the next one delivers what is left."""
    port = arena.ports[0]
    place = arena.ports.index(port)
    for number in range(messages):
        body = a_message(f"farewell-{number % 7}", chance.choice(SAYINGS))
        await arena.deliver(body, place + number * len(arena.ports), later=True)
    arena.processes[port].terminate()
    code = await asyncio.to_thread(arena.processes[port].wait, 30)
    left = arena.rows("SELECT count(*) FROM messages WHERE state = 'pending' AND conversation LIKE 'farewell-%'")
    await arena.start(port)
    began = asyncio.get_running_loop().time()
    await arena.settled()
    settled = asyncio.get_running_loop().time() - began
    assert left == [(0,)], left
    assert code in {0, -15}, code
    assert settled < RetryPolicy().lease.total_seconds() / 2, settled  # nothing was left claimed
    _each_answered_once(arena, "farewell-%", messages)
    _callbacks_match(arena, "farewell-%")
    return {"messages": messages}


async def locked(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """Somebody holds the database: nothing is acknowledged meanwhile, and all goes on afterwards."""
    release = _hold_sqlite(arena) if not arena.database else _hold_postgres(arena)
    responses = await asyncio.gather(
        *(arena.post(a_message(f"locked-{n}", chance.choice(SAYINGS)), n) for n in range(messages))
    )
    refused = Counter(response.status_code for response in responses)
    release()
    assert set(refused) == {503}, refused
    assert all(response.headers["content-type"] == "application/problem+json" for response in responses)
    for number in range(messages):
        await arena.deliver(a_message(f"locked-after-{number}", chance.choice(SAYINGS)), number)
    assert arena.rows("SELECT count(*) FROM messages WHERE conversation LIKE 'locked-%'") == [(messages,)]
    return {"refused": refused[503], "answered after": messages}


def _hold_sqlite(arena: Arena) -> Callable[[], None]:
    other = sqlite3.connect(arena.state / "xiaoer.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    def release() -> None:
        other.execute("ROLLBACK")
        other.close()

    return release


def _hold_postgres(arena: Arena) -> Callable[[], None]:
    import psycopg  # noqa: PLC0415  # only where there is a PostgreSQL

    other = psycopg.connect(arena.database)
    other.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")

    def release() -> None:
        other.rollback()
        other.close()

    return release


async def gone_and_back(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """The database goes away: 503 and not ready; back again, everything works without a restart."""
    back = _remove_sqlite(arena) if not arena.database else _remove_postgres(arena)
    refused = [await arena.post(a_message(f"gone-{n}", chance.choice(SAYINGS)), n) for n in range(6)]
    ready = await arena.client.get(f"{arena.url(0)}/readyz")
    alive = await arena.client.get(f"{arena.url(0)}/healthz")
    back()
    assert {response.status_code for response in refused} == {503}
    assert (ready.status_code, alive.status_code) == (503, 200)
    for number in range(messages):
        await arena.deliver(a_message(f"gone-after-{number}", chance.choice(SAYINGS)), number)
    assert arena.rows("SELECT count(*) FROM messages WHERE conversation LIKE 'gone-%'") == [(messages,)]
    return {"refused": len(refused), "answered after": messages}


def _remove_sqlite(arena: Arena) -> Callable[[], None]:
    away = arena.state / "away"
    away.mkdir(exist_ok=True)
    parts = list(arena.state.glob("xiaoer.sqlite3*"))
    for part in parts:
        part.rename(away / part.name)

    def back() -> None:
        for part in parts:
            (away / part.name).rename(part)

    return back


def _remove_postgres(arena: Arena) -> Callable[[], None]:
    import psycopg  # noqa: PLC0415  # only where there is a PostgreSQL

    name = make_url(arena.database).database
    admin = psycopg.connect(arena.database.replace(f"/{name}?", "/postgres?"), autocommit=True)
    admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    def back() -> None:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        admin.close()

    return back


async def disk_full(arena: Arena, chance: random.Random, messages: int) -> Counted:
    """No byte more may be written: nothing is acknowledged, now or for later; with room again all goes on."""
    room = _fill_sqlite(arena) if not arena.database else _fill_postgres(arena)
    statuses = Counter[int]()
    kept: list[str] = []
    for number in range(max(messages, 60)):
        body = a_message(f"full-{number}", chance.choice(SAYINGS) * 20)
        response = await arena.post(body, number, later=number % 3 == 0)
        statuses[response.status_code] += 1
        kept += [body["id"]] if response.is_success else []
    room()
    kept.append((await arena.deliver(a_message("full-after", "在吗")))["message_id"])
    await arena.settled()
    stored = {row[0] for row in arena.rows("SELECT message_id FROM messages WHERE conversation LIKE 'full-%'")}
    assert set(statuses) <= {200, 202, 503}, statuses
    assert statuses[503] > 0, statuses
    assert stored == set(kept)
    _each_answered_once(arena, "full-%", len(kept))
    return {"acknowledged": len(kept), "refused": statuses[503]}


def _fill_sqlite(arena: Arena) -> Callable[[], None]:
    """No file of the process may grow beyond a little more than it is."""
    process = arena.processes[arena.ports[0]]
    _empty_log(arena)
    size = max(256 * 1024, *(log.stat().st_size + 64 * 1024 for log in arena.state.glob("server-*.log")))
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def room() -> None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))

    return room


def _fill_postgres(arena: Arena) -> Callable[[], None]:
    """PostgreSQL says of each new message what it says when a table cannot grow.

    To fill its disk takes a file system of our own, and to mount one takes root. A log that cannot grow stops the whole
    server: that is `gone_and_back`.
    """
    import psycopg  # noqa: PLC0415  # only where there is a PostgreSQL

    admin = psycopg.connect(arena.database, autocommit=True)
    admin.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
    )
    admin.execute("CREATE TRIGGER full_disk BEFORE INSERT ON messages EXECUTE FUNCTION full_disk()")

    def room() -> None:
        admin.execute("DROP FUNCTION full_disk CASCADE")
        admin.close()

    return room


def _empty_log(arena: Arena) -> None:
    """The write-ahead log starts at nothing, so that it is what grows into the limit."""
    other = sqlite3.connect(arena.state / "xiaoer.sqlite3")
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    other.close()


async def _together(things: list[dict[str, Any]], one: Callable[[int, dict[str, Any]], Awaitable[None]]) -> None:
    """All of them, a few at a time, in order."""
    waiting = iter(enumerate(things))

    async def lane() -> None:
        for number, thing in waiting:
            await one(number, thing)

    await asyncio.gather(*(lane() for _ in range(TOGETHER)))
