"""The open door: proof and parsing."""

import base64
import hmac
import json
import time
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from app.channels import ChannelContext, load_channel_routers
from app.channels.reading import read_body
from app.channels.webhook.lines import LinesIn
from app.channels.webhook.parse import MessageIn, parse_message
from app.channels.webhook.routes import prefers_async
from app.channels.webhook.spoken import SpokenIn
from app.channels.webhook.verify import verify_signature
from app.domain.plain_text import show_steering
from app.errors import MalformedError, UnauthenticatedError
from app.settings import split_secrets
from tests.web.house import bare_app

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
LEAST = {"id": "m", "conversation": "c", "sender": {"id": "b"}}


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """As a server hands them over."""
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def headers(body: bytes, **other: str) -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign("msg_1", now, body.decode())
    stamps = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    return stamps | {name.replace("_", "-"): value for name, value in other.items()}


def test_the_specifications_own_vector_is_made_by_the_library_we_trust() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)

    made = Webhook(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_true_signature_among_several_is_accepted() -> None:
    body = b"{}"
    given_headers = headers(body)

    several = given_headers | {"webhook-signature": "garbage v1a,AAAA " + given_headers["webhook-signature"]}

    assert verify_signature([SECRET], body, raw(several)) == "msg_1"


@pytest.mark.parametrize(
    ("stamp", "told"),
    [("1614265330", "ago"), ("4102444800", "ahead"), ("yesterday", "seconds"), (None, "signature does not match")],
)
def test_a_refusal_says_whether_the_time_or_the_signature_is_wrong(stamp: str | None, told: str) -> None:
    wrong = headers(b"{}", **({"webhook_timestamp": stamp} if stamp else {}))

    with pytest.raises(UnauthenticatedError, match=told):
        verify_signature([SECRET], b"{}" if stamp else b"{ }", raw(wrong))


def test_while_a_secret_is_replaced_the_new_one_and_the_old_one_verify() -> None:
    body, new = b"{}", "whsec_" + "QUJD" * 8

    assert verify_signature([new, SECRET], body, raw(headers(body))) == "msg_1"
    assert verify_signature([SECRET, new], body, raw(headers(body))) == "msg_1"
    with pytest.raises(UnauthenticatedError):
        verify_signature([new], body, raw(headers(body)))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_" + "QUJD" * 8])
def test_an_empty_broken_or_other_secret_never_verifies(secret: str) -> None:
    with pytest.raises(UnauthenticatedError):
        verify_signature(split_secrets(secret), b"{}", raw(headers(b"{}")))


@pytest.mark.parametrize(
    "change",
    [
        {"webhook_id": ""},
        {"webhook_id": "msg.1"},
        {"webhook_timestamp": "yesterday"},
        {"webhook_timestamp": "1614265330"},
        {"webhook_timestamp": "99999999999999999999"},
        {"webhook_timestamp": "9" * 400},
        {"webhook_timestamp": "9" * 5000},
        {"webhook_timestamp": "nan"},
        {"webhook_signature": "no-comma"},
        {"webhook_signature": "v1,"},
        {"webhook_signature": "v1,\u00e9"},
        {"webhook_signature": "v1,AAAA,BBBB"},
    ],
)
def test_a_header_out_of_place_is_a_refusal_and_no_crash(change: dict[str, str]) -> None:
    with pytest.raises(UnauthenticatedError):
        verify_signature([SECRET], b"{}", raw(headers(b"{}", **change)))


@given(st.binary(max_size=200), st.binary(max_size=60), st.binary(max_size=20))
def test_whatever_comes_is_refused_without_a_crash(body: bytes, signature: bytes, timestamp: bytes) -> None:
    given_headers = [(b"webhook-id", b"m"), (b"webhook-timestamp", timestamp), (b"webhook-signature", signature)]

    with pytest.raises((UnauthenticatedError, MalformedError)):
        verify_signature([SECRET], body, given_headers)


@pytest.mark.parametrize("webhook_id", ["msg.1", ".", "msg_1.1614265330", "a.b.c"])
def test_a_dot_in_the_id_is_refused_even_when_it_was_signed(webhook_id: str) -> None:
    now = datetime.now(UTC)
    signed = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(webhook_id, now, "{}"),
    }

    with pytest.raises(UnauthenticatedError, match="dot"):
        verify_signature([SECRET], b"{}", raw(signed))


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-16-le", "utf-32"])
def test_a_body_in_another_encoding_is_told_so_whoever_signed_it(encoding: str) -> None:
    body = json.dumps(LEAST | {"text": "有货吗"}, ensure_ascii=False).encode(encoding)

    with pytest.raises(MalformedError, match="UTF-8"):
        verify_signature([SECRET], body, raw(headers(b"{}")))
    with pytest.raises(MalformedError, match="UTF-8"):
        parse_message("demo", body, NOW)


@given(
    secret=st.binary(min_size=1, max_size=70),
    webhook_id=st.text(st.characters(codec="ascii", exclude_characters="."), min_size=1, max_size=20),
    body=st.binary(max_size=60) | st.text(max_size=60).map(str.encode),
    age=st.integers(-400, 400),
    around=st.lists(st.sampled_from(["v1,AAAA", "v1a,AAAA", "v2,QUJD"]), max_size=3),
    forged=st.booleans(),
)
def test_a_signature_counts_when_the_bytes_the_time_and_the_key_are_right(
    secret: bytes, webhook_id: str, body: bytes, age: int, around: list[str], forged: bool
) -> None:
    assume(abs(abs(age) - 300) > 5)  # the clock moves on between the two
    stamp = str(int(time.time()) - age)
    content = webhook_id.encode() + b"." + stamp.encode() + b"." + body + b"!" * forged
    signature = "v1," + base64.b64encode(hmac.digest(secret, content, "sha256")).decode()
    told = {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": " ".join([*around, signature])}

    assert believed(secret, body, told) == (is_text(body) and abs(age) < 300 and not forged)


def believed(secret: bytes, body: bytes, told: dict[str, str]) -> bool:
    try:
        return verify_signature(["whsec_" + base64.b64encode(secret).decode()], body, raw(told)) == told["webhook-id"]
    except (UnauthenticatedError, MalformedError):
        return False


def is_text(body: bytes) -> bool:
    try:
        return body.decode() is not None
    except UnicodeDecodeError:
        return False


def test_a_message_is_read_whole() -> None:
    body = LEAST | {"text": "有货吗", "sent_at": "2026-03-02T08:00:00+08:00", "context": {"sku_id": "S"}, "later": 1}

    message = parse_message("demo", json.dumps(body).encode(), NOW)

    assert (message.id, message.key.shop, message.key.conversation) == ("m", "demo", "c")
    assert message.sent_at == NOW
    assert message.context.sku_id == "S"


def test_a_message_without_a_time_was_sent_now() -> None:
    assert parse_message("demo", json.dumps(LEAST).encode(), NOW).sent_at == NOW


@pytest.mark.parametrize("told", ["1970-01-01T00:00:00Z", "2026-03-03T00:00:01+00:00", "9999-12-31T23:59:59Z"])
def test_a_time_that_is_far_off_is_not_believed(told: str) -> None:
    assert parse_message("demo", json.dumps(LEAST | {"sent_at": told}).encode(), NOW).sent_at == NOW


@pytest.mark.parametrize("told", ["2026-03-01T23:59:00+00:00", "2026-03-02T00:01:00+00:00"])
def test_a_platforms_clock_may_be_a_little_off(told: str) -> None:
    assert parse_message("demo", json.dumps(LEAST | {"sent_at": told}).encode(), NOW).sent_at.isoformat() == told


@pytest.mark.parametrize("told", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_time_outside_the_calendar_is_a_problem_of_its_field(told: str) -> None:
    with pytest.raises(MalformedError, match="sent_at"):
        parse_message("demo", json.dumps(LEAST | {"sent_at": told}).encode(), NOW)


def test_a_byte_order_mark_is_no_part_of_the_message() -> None:
    assert parse_message("demo", b"\xef\xbb\xbf" + json.dumps(LEAST).encode(), NOW).id == "m"


@pytest.mark.parametrize("steering", ["\x1b[2J", "\x9b31m", "\u202e", "\u2066", "\u200f", "\x07", "\x00"])
def test_what_steers_a_terminal_or_a_page_never_comes_in(steering: str) -> None:
    told = LEAST | {"text": f"有{steering}货吗", "sender": {"id": "b", "name": f"小{steering}鱼"}}

    message = parse_message("demo", json.dumps(told).encode(), NOW)

    assert show_steering(message.text) == message.text
    assert show_steering(message.sender.name or "") == message.sender.name
    for field in ({"id": f"m{steering}"}, {"conversation": f"c{steering}"}, {"sender": {"id": f"b{steering}"}}):
        with pytest.raises(MalformedError, match=next(iter(field))):
            parse_message("demo", json.dumps(LEAST | field).encode(), NOW)


@pytest.mark.parametrize("odd", ["a/b", "100%", "a b", "🍵👨‍👩‍👧", "\"'`", "..", "#?&=", "茶铺", "[red]", "\\"])
def test_an_id_may_hold_any_other_character(odd: str) -> None:
    message = parse_message("demo", json.dumps({"id": odd, "conversation": odd, "sender": {"id": odd}}).encode(), NOW)

    assert (message.id, message.key.conversation, message.sender.id) == (odd, odd, odd)


BODIES = {
    "messages": (MessageIn, [LEAST | {"text": "有货吗", "sent_at": "2026-03-02T08:00:00Z"}]),
    "spoken": (SpokenIn, [{"id": "p", "conversation": "c"}, {"id": "p", "conversation": "c", "ended": True}]),
    "lines": (LinesIn, [{"conversation": "c"}, {"conversation": "c", "cursor": "x", "after": "2026-03-02T08:00:00Z"}]),
}


@pytest.mark.parametrize("signed_for", BODIES)
@pytest.mark.parametrize("sent_to", BODIES)
def test_a_body_signed_for_one_route_is_read_by_no_other(signed_for: str, sent_to: str) -> None:
    for body in BODIES[signed_for][1]:
        if signed_for == sent_to:
            read_body(BODIES[sent_to][0], json.dumps(body).encode())
            continue
        with pytest.raises(MalformedError):
            read_body(BODIES[sent_to][0], json.dumps(body).encode())


def test_every_signed_route_has_a_body_of_its_own() -> None:
    """A new one belongs among BODIES above: a signature covers the body, not the path."""
    app, nothing = bare_app(), {field.name: None for field in fields(ChannelContext)}
    for router in load_channel_routers(ChannelContext(**nothing)):  # type: ignore[arg-type]  # the page is only read
        app.include_router(router)

    signed = [path for path, methods in app.openapi()["paths"].items() if "webhook-id" in str(methods)]

    assert {path.rsplit("/", 1)[-1] for path in signed} == set(BODIES)


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(MalformedError) as problem:
        parse_message("demo", b'{"id": "", "sender": {}, "type": "video"}', NOW)

    assert all(field in problem.value.detail for field in ("id", "conversation", "sender.id", "type"))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_problem(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_message("demo", body, NOW)


@pytest.mark.parametrize(
    ("prefer", "asks"),
    [
        ("respond-async", True),
        ("wait=10, respond-async", True),
        ("Respond-Async; x=1", True),
        ("", False),
        ("wait", False),
    ],
)
def test_prefer_asks_for_an_asynchronous_answer(prefer: str, asks: bool) -> None:
    assert prefers_async(prefer) is asks
