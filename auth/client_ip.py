"""Finds the client's IP address, with or without trusted proxies in front."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]


def normalize_ip(text: str) -> str | None:
    """The address in canonical form, or None if the text is not an address."""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address).partition("%")[0]


def is_trusted(ip: str, proxies: Networks) -> bool:
    """Whether the address is one of TRUSTED_PROXIES."""
    address = ip_address(ip)
    return any(address in network for network in proxies)


def client_ip(peer: str, forwarded_for: Sequence[str], proxies: Networks) -> str:
    """The nearest address that is not a trusted proxy.

    Args:
        peer: the other end of the connection.
        forwarded_for: every X-Forwarded-For header, in order; only what trusted proxies wrote counts.
    """
    nearest = normalize_ip(peer)
    if nearest is None:
        return "unknown"
    hops = [hop for header in forwarded_for for hop in header.split(",")]
    while hops and is_trusted(nearest, proxies):
        hop = normalize_ip(hops.pop())
        if hop is None:
            break
        nearest = hop
    return nearest
