"""The client for URLs that a shop wrote cannot be talked into our own network."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http_client import ForbiddenUrlError, GuardedTransport, is_public, outbound_client, url_problem

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


@asynccontextmanager
async def a_server() -> AsyncIterator[int]:
    """A real server on this machine; gives its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def resolving(*addresses: str):
    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        return addresses

    return resolve


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"])  # noqa: S104 - addresses to be refused
async def test_our_own_machine_is_not_called_by_any_of_its_names(host: str):
    async with a_server() as port, outbound_client() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://{host}:{port}/")


async def test_development_may_call_its_own_machine():
    async with a_server() as port, outbound_client(allow_private=True) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/")

    assert answer.text == "ok"


async def test_a_name_that_leads_into_our_network_is_not_called():
    transport = GuardedTransport(resolving("10.0.0.8"))

    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(ForbiddenUrlError, match="private"):
            await client.get("http://callback.example.com/")


async def test_one_private_address_among_public_ones_is_refused():
    transport = GuardedTransport(resolving("93.184.216.34", "127.0.0.1"))

    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(ForbiddenUrlError):
            await client.get("http://callback.example.com/")


class Rebinding:
    """A name that is public when first asked and private ever after."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del host, port
        self.asked += 1
        return ["192.0.2.1"] if self.asked == 1 else ["127.0.0.1"]


async def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch):
    """The name is asked once; the connection goes to that answer, whatever the name leads to later."""
    called: list[str] = []
    names = Rebinding()
    transport = GuardedTransport(names)
    backend = transport._pool._network_backend  # type: ignore[union-attr] # the pool is httpx's own

    class Recording:
        async def connect_tcp(self, host: str, *rest: object) -> None:
            del rest
            called.append(host)
            raise OSError("nobody there")

    monkeypatch.setattr(backend, "_inner", Recording())
    monkeypatch.setattr("app.http_client.is_public", lambda address: str(address) == "192.0.2.1")

    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(OSError, match="nobody"):
            await client.get("http://callback.example.com/")

    assert called == ["192.0.2.1"]
    assert names.asked == 1


async def test_a_redirect_is_not_followed():
    assert outbound_client().follow_redirects is False


async def test_a_name_without_an_address_is_a_connection_error():
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError(f"{host}:{port} is unknown")

    async with httpx.AsyncClient(transport=GuardedTransport(unknown)) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://callback.example.com/")


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 - an address to be refused
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "ff02::1",
    ],
)
def test_no_private_address_is_public(address: str):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "114.114.114.114", "2400:3200::1", "64:ff9b::101:101"])
def test_public_addresses_are_public(address: str):
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_wrapped_in_ipv6_is_judged_by_itself(address):
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(ip_address(wrapped)) == is_public(address)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://example.com/callback", None),
        ("http://example.com", None),
        ("ftp://example.com", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://", "域名"),
        ("https://user:pass@example.com", "用户名"),
        ("https://[::1", "写法"),
        ("随便写的", "https://"),
    ],
)
def test_a_url_written_wrongly_is_explained(url: str, problem: str | None):
    said = url_problem(url)

    assert (said is None) if problem is None else (said is not None and problem in said)
