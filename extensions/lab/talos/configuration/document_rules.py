# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the documents besides v1alpha1, and of what may not stand in both (config/types/{network,block})."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

from .model import Configuration, Document
from .schema_documents import NAMED

_NEEDS_NAME = (
    "LinkConfig",
    "VLANConfig",
    "BondConfig",
    "BridgeConfig",
    "VRFConfig",
    "DummyLinkConfig",
    "WireguardConfig",
    "DHCPv4Config",
    "DHCPv6Config",
    "Layer2VIPConfig",
)
_SYSTEM_VOLUMES = ("STATE", "EPHEMERAL", "IMAGECACHE")


def document_problems(document: Document) -> list[str]:
    """What is wrong with one document, behind its kind and name; its problems stand on lines of their own."""
    kind = document["kind"]
    found = list(_RULES.get(kind, _nothing)(document))
    if kind in _NEEDS_NAME and not document.get("name"):
        found.insert(0, "name must be specified")
    if not found:
        return []
    label = f"{kind}/{document.get('name', '')}" if kind in NAMED else kind
    return [f"{label}: " + "\n".join(found)]


def conflicts(configuration: Configuration) -> list[str]:
    """What is set in v1alpha1 and in a document as well."""
    found = []
    if configuration.complete:
        for kind, path, text in _CONFLICTS:
            if configuration.document(kind) and configuration.get(path):
                found.append(text)
    return found


_CONFLICTS = (
    ("HostnameConfig", "machine.network.hostname", "static hostname is already set in v1alpha1 config"),
    ("HostnameConfig", "machine.features.stableHostname", "stable hostname is already set in v1alpha1 config"),
    (
        "ResolverConfig",
        "machine.network.searchDomains",
        ".machine.network.searchDomains is already set in v1alpha1 config",
    ),
    ("ResolverConfig", "machine.network.nameservers", ".machine.network.nameservers is already set in v1alpha1 config"),
    (
        "KubeSpanConfig",
        "machine.network.kubespan",
        "kubespan is already configured in v1alpha1 machine.network.kubespan",
    ),
    (
        "TimeSyncConfig",
        "machine.time.servers",
        "time servers cannot be specified in both v1alpha1 and new-style configuration",
    ),
)


def _nothing(document: Document) -> Iterator[str]:
    yield from ()


def _hostname(document: Document) -> Iterator[str]:
    auto, hostname = document.get("auto") or "off", document.get("hostname") or ""
    if auto == "off" and not hostname:
        yield "either 'auto' or 'hostname' must be set"
    if auto != "off" and hostname:
        yield "'auto' and 'hostname' cannot be set at the same time"
    if auto not in ("off", "stable"):
        yield f"invalid value for 'auto': {auto}"
    if len(hostname) > 253:
        yield f"fqdn is too long: {len(hostname)}"
    first = hostname.partition(".")[0]
    if hostname and not 0 < len(first) <= 63:
        yield f'invalid hostname "{first}"'


def _vlan(document: Document) -> Iterator[str]:
    if not 1 <= (document.get("vlanID") or 0) <= 4094:
        yield "vlanID must be specified and between 1 and 4094"
    if not document.get("parent"):
        yield "parent must be specified"


def _bond(document: Document) -> Iterator[str]:
    if not document.get("links"):
        yield "at least one link must be specified"
    if not document.get("bondMode"):
        yield "bond mode must be specified"


def _layer2_vip(document: Document) -> Iterator[str]:
    name = document.get("name") or ""
    try:
        ipaddress.ip_address(name or "0.0.0.0")
    except ValueError:
        yield f'name must be a valid IP address: ParseAddr("{name}"): unable to parse IP'
    if not document.get("link"):
        yield "link must be specified"


def _time_sync(document: Document) -> Iterator[str]:
    if document.get("ntp") and document.get("ptp"):
        yield "only one of ntp or ptp configuration can be specified"


def _ethernet(document: Document) -> Iterator[str]:
    if not document.get("name"):
        yield "name is required"


def _user_volume(document: Document) -> Iterator[str]:
    name = document.get("name") or ""
    if not name:
        yield "name is required"
    elif not re.fullmatch(r"[A-Za-z0-9-]+", name):
        yield "name can only contain lowercase and uppercase ASCII letters, digits, and hyphens"
    if (document.get("volumeType") or "partition") == "partition":
        yield from _user_provisioning(document.get("provisioning") or {})


def _user_provisioning(provisioning: Document) -> Iterator[str]:
    if not provisioning.get("diskSelector"):
        yield "disk selector is required"
    if not provisioning.get("minSize") and not provisioning.get("maxSize"):
        yield "min size or max size is required"


def _volume(document: Document) -> Iterator[str]:
    if document.get("name") not in _SYSTEM_VOLUMES:
        yield "only [" + " ".join(f'"{name}"' for name in _SYSTEM_VOLUMES) + "] volumes are supported"


_RULES: dict[str, Callable[[Document], Iterator[str]]] = {
    "HostnameConfig": _hostname,
    "VLANConfig": _vlan,
    "BondConfig": _bond,
    "Layer2VIPConfig": _layer2_vip,
    "TimeSyncConfig": _time_sync,
    "EthernetConfig": _ethernet,
    "UserVolumeConfig": _user_volume,
    "VolumeConfig": _volume,
}
