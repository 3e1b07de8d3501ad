"""The way out: an HTTP client that cannot be talked into calling the shop's own network (SSRF).

A shop names the URLs that we call (callbacks, facts). The name is resolved once, every address is judged, and the
connection goes to the very address that was judged, so that a name which resolves differently the second time
(DNS rebinding) gains nothing. The check sits where connections are made: redirects and pools cannot pass by it.
"""

import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpcore
import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
SocketOptions = Iterable[tuple[Any, ...]]

SCHEMES = frozenset({"http", "https"})


class ForbiddenUrlError(httpx.ConnectError):
    """The URL leads to a place we do not call."""


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system knows them."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


def is_public(address: Address) -> bool:
    """Whether anybody on the internet can reach the address, also when it wraps an IPv4 one."""
    inner = _inner_ipv4(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner_ipv4(address: Address) -> IPv4Address | None:
    if not isinstance(address, IPv6Address):
        return None
    if int(address) >> 32 == int(IPv6Address("64:ff9b::")) >> 32:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def url_problem(url: str) -> str | None:
    """What is wrong with a URL a shop wrote, in Chinese, or None. Where its name leads is judged when it is called."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "网址写法有误，应类似 https://example.com/path"
    if parts.scheme not in SCHEMES:
        return "网址应以 https:// 开头"
    if not host:
        return "网址缺少域名，应类似 https://example.com/path"
    if parts.username or parts.password:
        return "网址里不要写用户名和密码，请改用令牌"
    return None


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to public addresses, and to exactly the one that was judged."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend, resolver: Resolve = resolve_host) -> None:
        self._inner = inner
        self._resolve = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers."""
        failed: Exception = httpcore.ConnectError(f"no address for {host}")
        for address in await self._resolve_public(host, port, timeout):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a socket file is as private as can be."""
        del timeout, socket_options
        raise ForbiddenUrlError(f"unix sockets are not called: {path}")

    async def sleep(self, seconds: float) -> None:
        """As the inner backend sleeps."""
        await self._inner.sleep(seconds)

    async def _resolve_public(self, host: str, port: int, timeout: float | None) -> Sequence[str]:  # noqa: ASYNC109 - passed on
        try:
            with anyio.fail_after(timeout):
                found = list(dict.fromkeys(await self._resolve(host, port)))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from error
        except OSError as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        # One private address among public ones is an attack or a mistake; neither is called.
        if any(not is_public(ip_address(address.split("%")[0])) for address in found):
            raise ForbiddenUrlError(f"{host} leads to a private address; XIAOER_ALLOW_PRIVATE_URLS=1 would allow it")
        return found


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over the guarded backend."""

    def __init__(self, resolver: Resolve = resolve_host, **options: Any) -> None:
        super().__init__(**options)
        # httpx passes every option on but this one; the pool has no other way in.
        pool = self._pool
        pool._network_backend = GuardedBackend(pool._network_backend, resolver)  # noqa: SLF001 - see above


def outbound_client(*, allow_private: bool = False, timeout: float = 5.0, most: int = 100) -> httpx.AsyncClient:
    """The client for every URL that a shop wrote; redirects are not followed and the environment's proxies not used.

    `allow_private` is for development and for shops whose systems stand in our own network.
    """
    limits = httpx.Limits(max_connections=most)
    transport = httpx.AsyncHTTPTransport(limits=limits) if allow_private else GuardedTransport(limits=limits)
    return httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False)
