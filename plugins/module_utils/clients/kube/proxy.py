# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy that the environment asks for, by the rules of kubectl (golang.org/x/net/http/httpproxy)."""

from __future__ import annotations

import ipaddress
import os
from typing import Union
from urllib.parse import urlsplit

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


def from_environment(server: str) -> str | None:
    """The proxy for ``server`` by ``HTTPS_PROXY``/``HTTP_PROXY`` and ``NO_PROXY``, or None; loopback never has one."""
    url = urlsplit(server)
    proxy = _variable(f"{url.scheme}_proxy")
    if not proxy or not url.hostname or _excluded(url.hostname, url.port):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _excluded(host: str, port: int | None) -> bool:
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    rules = (rule.strip().lower() for rule in _variable("no_proxy").split(","))
    return any(_matches(rule, host, port, address) for rule in rules if rule)


def _matches(rule: str, host: str, port: int | None, address: Address | None) -> bool:
    if rule == "*":
        return True
    if address is not None:
        network = _network(rule)
        return address in network if network is not None else rule == f"{host}:{port}"
    name, _colon, wanted = rule.partition(":")
    if wanted and wanted != str(port):
        return False
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _variable(name: str) -> str:
    return os.environ.get(name.upper()) or os.environ.get(name) or ""
