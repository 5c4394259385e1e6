"""Which URLs and network addresses may be asked: public web servers, and nothing of the inner network.

The check is on the address that is connected to, after name resolution, so that neither a name nor a redirect nor a
second look-up (DNS rebinding) leads inside.
"""

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass

import httpx

from news_etl.fetch.fetched import FetchReason, Stopped

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SCHEMES = {"http": 80, "https": 443}
MAX_URL = 2_083
"""Characters. What browsers and the common servers take; longer ones come of traps."""

# The registries of special-purpose addresses (IANA, RFC 6890 and its updates), where `ipaddress` of some supported
# Python calls an address global that is not, and the addresses that clouds serve credentials on.
_NEVER = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local: metadata of AWS, Google, Azure, OpenStack …
        "100.100.100.200/32",  # metadata of Alibaba
        "168.63.129.16/32",  # the host of an Azure machine
        "192.0.0.0/24",  # IETF protocols; metadata of Oracle
        "192.88.99.0/24",  # 6to4 relays
        "fe80::/10",
        "fec0::/10",
        "fd00:ec2::/32",  # metadata of AWS
        "fd20:ce::/32",  # metadata of Google
    )
]
_PRIVATE = [
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
]
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_NOT_GLOBAL_V6 = [ipaddress.ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]*:[0-9a-f:.]*")


@dataclass(frozen=True)
class Target:
    """A URL that may be asked for. `path` is the request target: percent-encoded path and query."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"


def parse(url: str, base: str | None = None) -> Target:
    """The target that a URL, or a reference relative to `base`, names. Fragments are dropped.

    Raises:
        Stopped: BAD_URL or BAD_SCHEME.
    """
    try:
        parsed = (httpx.URL(base).join(url) if base else httpx.URL(url)).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise Stopped(FetchReason.BAD_URL, f"not a URL: {error}") from None
    if parsed.scheme not in SCHEMES:
        raise Stopped(
            FetchReason.BAD_SCHEME, f"only http and https are fetched, not {parsed.scheme or 'a bare path'!r}"
        )
    host = parsed.raw_host.decode("ascii").lower().rstrip(".")
    port = SCHEMES[parsed.scheme] if parsed.port is None else parsed.port
    fault = _fault(parsed, host, port)
    if fault:
        raise Stopped(FetchReason.BAD_URL, fault)
    path = parsed.raw_path.decode("ascii")
    authority = _bracketed(host) + ("" if port == SCHEMES[parsed.scheme] else f":{port}")
    return Target(f"{parsed.scheme}://{authority}{path}", parsed.scheme, host, port, path)


def _fault(url: httpx.URL, host: str, port: int) -> str | None:
    if not _HOST.fullmatch(host):
        return f"{host!r} is no name of a host" if host else "the URL names no host"
    if url.userinfo:
        return "the URL holds a user name or password"
    if not (port in SCHEMES.values() or 1024 <= port <= 65535):
        return f"port {port} is no web server's"  # a request there could speak to a mail server, say
    if len(str(url)) > MAX_URL:
        return f"the URL is longer than {MAX_URL} characters"
    return None


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a host, in the order to try them.

    Raises:
        Stopped: DNS_FAILED, also where the resolver is silent for `seconds`.
    """
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    # the system's resolver knows no timeout of the caller's: it is left behind when it does not answer
    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise Stopped(FetchReason.DNS_FAILED, f"{host}: no answer of the resolver in {seconds:.0f} s") from None
    if not isinstance(answer, list) or not answer:
        raise Stopped(FetchReason.DNS_FAILED, f"{host}: {answer or 'has no address'}")
    return answer


def permitted(host: str, port: int, seconds: float, private_hosts: Collection[str]) -> list[str]:
    """The addresses of a host, when all of them may be connected to.

    Raises:
        Stopped: DNS_FAILED or PRIVATE_ADDRESS.
    """
    addresses = resolve(host, port, seconds)
    for text in addresses:
        if not is_permitted(ipaddress.ip_address(text), allow_private=host in private_hosts):
            raise Stopped(FetchReason.PRIVATE_ADDRESS, f"{host} has the address {text}, which is not public")
    return addresses


def is_permitted(address: Address, *, allow_private: bool = False) -> bool:
    """Whether an address is a public one, or a loopback or private one that the source may ask for."""
    inner = _embedded(address)
    if inner is not None:
        return is_permitted(inner, allow_private=allow_private)
    if any(_within(address, network) for network in _NEVER):
        return False
    if any(_within(address, network) for network in _PRIVATE):
        return allow_private
    if isinstance(address, ipaddress.IPv6Address):
        return address in _GLOBAL_V6 and not any(address in network for network in _NOT_GLOBAL_V6)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
