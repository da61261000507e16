# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the main document.

Sources: v1alpha1_validation.go of siderolabs/talos v1.13, and what ``talosctl validate`` was seen to take silently.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping

from ...clients.talos import certificates
from ...core.error import Finding, InvalidInput
from ...core.path import Json, Path, dig
from . import values
from .cluster import CONTROL_PLANE, WORKER
from .contract import Contract
from .documents import MAIN, Configuration, Identity
from .images import wrong_kubernetes

_TOKEN = re.compile(r"[a-z0-9]{6}\.[a-z0-9]{16}\Z")
_AT: Path = ("v1alpha1",)
_CNI = ("flannel", "custom", "none")
_REQUIRED_ANYWHERE: tuple[tuple[str, ...], ...] = (
    ("machine", "token"),
    ("cluster", "token"),
    ("cluster", "id"),
    ("cluster", "secret"),
)
_REQUIRED_CONTROL_PLANE: tuple[tuple[str, ...], ...] = (
    *((authority, part) for authority in ("ca", "aggregatorCA") for part in ("crt", "key")),
    ("etcd", "ca", "crt"),
    ("etcd", "ca", "key"),
    ("serviceAccount", "key"),
)


# Where contract 1.14 keeps what was in the main document before: kind and path.
_MOVED: dict[tuple[str, ...], tuple[str, Path]] = {
    ("cluster", "id"): ("DiscoveryIdentityConfig", ("clusterID",)),
    ("cluster", "secret"): ("DiscoveryIdentityConfig", ("clusterSecret",)),
    ("cluster", "controlPlane", "endpoint"): ("KubeClusterConfig", ("endpoint",)),
    ("cluster", "ca", "crt"): ("KubeAPIServerCAConfig", ("issuingCA", "cert")),
    ("cluster", "ca", "key"): ("KubeAPIServerCAConfig", ("issuingCA", "key")),
    ("cluster", "aggregatorCA", "crt"): ("KubeAggregatorCAConfig", ("issuingCA", "cert")),
    ("cluster", "aggregatorCA", "key"): ("KubeAggregatorCAConfig", ("issuingCA", "key")),
    ("cluster", "serviceAccount", "key"): ("KubeServiceAccountConfig", ("issuer", "privateKey")),
    ("cluster", "secretboxEncryptionSecret"): ("KubeEtcdEncryptionConfig", ("config",)),
}


def main_findings(configuration: Configuration, contract: Contract) -> Iterator[Finding]:
    """What is wrong in the main document, and what neither it nor its successors have."""
    main = configuration.main
    role = dig(main, ("machine", "type"))
    if main.get("persist") is False:
        yield _wrong("must be true", "persist")
    if role not in (CONTROL_PLANE, WORKER):
        yield _wrong(f"{role!r} is neither {CONTROL_PLANE} nor {WORKER}", "machine", "type")
    yield from _endpoint(configuration)
    install = dig(main, ("machine", "install"))
    if install is not None or not contract.kubernetes_documents:
        yield from _install(install)
    yield from _secrets(configuration)
    if role == CONTROL_PLANE:
        yield from _control_plane(configuration)
    if role == WORKER:
        yield from _worker(main)
    yield from _networks(main)
    yield from _of_node(main)
    yield from _kubelet(main, contract)
    yield from _features(main)


def _wrong(reason: str, *path: str | int) -> Finding:
    return Finding((*_AT, *path), reason)


def _has(configuration: Configuration, path: tuple[str, ...]) -> bool:
    """Whether the main document says it, or the one it has moved to."""
    kind, moved = _MOVED.get(path, (MAIN, path))
    return bool(configuration.get(*path) or dig(configuration.find(Identity(kind)), moved))


def _endpoint(configuration: Configuration) -> Iterator[Finding]:
    path = ("cluster", "controlPlane", "endpoint")
    endpoint = configuration.get(*path)
    if not endpoint and _has(configuration, path):
        return
    problem = values.wrong_endpoint(str(endpoint)) if endpoint else "is required"
    if problem:
        yield _wrong(problem, "cluster", "controlPlane", "endpoint")


def _install(install: Json) -> Iterator[Finding]:
    found = install or {}
    if not found.get("disk") and not found.get("diskSelector"):
        yield _wrong("either disk or diskSelector is required", "machine", "install")
    if found.get("extraKernelArgs") and found.get("grubUseUKICmdline"):
        reason = "cannot be used with grubUseUKICmdline; put kernel arguments into the Image Factory schematic"
        yield _wrong(reason, "machine", "install", "extraKernelArgs")


def _secrets(configuration: Configuration) -> Iterator[Finding]:
    """Talos takes a missing or malformed secret without a word and then never joins its cluster."""
    main = configuration.main
    for path in _REQUIRED_ANYWHERE:
        if not _has(configuration, path):
            yield _wrong("is required", *path)
    for path in (("machine", "token"), ("cluster", "token")):
        token = dig(main, path)
        if token and not _TOKEN.match(str(token)):
            yield _wrong("is not a token (six letters or digits, a dot, sixteen)", *path)
    for path in (("machine", "ca"), ("cluster", "ca"), ("cluster", "aggregatorCA"), ("cluster", "etcd", "ca")):
        yield from _authority(dig(main, path) or {}, path)
    if not dig(main, ("machine", "ca", "crt")) and not dig(main, ("machine", "acceptedCAs")):
        yield _wrong("is required, or acceptedCAs", "machine", "ca", "crt")


def _authority(entry: Mapping[str, Json], path: tuple[str, ...]) -> Iterator[Finding]:
    for part, read in (("crt", certificates.facts), ("key", certificates.load_key)):
        if entry.get(part):
            problem = _unreadable(entry[part], read)
            if problem:
                yield _wrong(problem, *path, part)


def _unreadable(text: Json, read: Callable[[bytes], object]) -> str | None:
    try:
        read(base64.b64decode(str(text), validate=True))
    except (binascii.Error, ValueError):
        return "is not base64"
    except InvalidInput as error:
        return error.reason
    return None


def _control_plane(configuration: Configuration) -> Iterator[Finding]:
    main = configuration.main
    if not dig(main, ("machine", "ca", "key")):
        yield _wrong("is required on a control-plane machine", "machine", "ca", "key")
    for path in _REQUIRED_CONTROL_PLANE:
        if not _has(configuration, ("cluster", *path)):
            yield _wrong("is required on a control-plane machine", "cluster", *path)
    keys = ("secretboxEncryptionSecret", "aescbcEncryptionSecret")
    if not any(_has(configuration, ("cluster", key)) for key in keys):
        yield _wrong(f"one of {' and '.join(keys)} is required", "cluster")
    cni = dig(main, ("cluster", "network", "cni")) or {}
    name = cni.get("name") or "flannel"
    if name not in _CNI:
        yield _wrong(f"{name!r} is not one of {', '.join(_CNI)}", "cluster", "network", "cni", "name")
    elif bool(cni.get("urls")) != (name == "custom"):
        yield _wrong("go with the name custom, and only with it", "cluster", "network", "cni", "urls")


def _worker(main: Mapping[str, Json]) -> Iterator[Finding]:
    for path in (("machine", "ca", "key"), ("cluster", "ca", "key")):
        if dig(main, path):
            yield _wrong("is not allowed on a worker", *path)
    if dig(main, ("cluster", "etcd")):
        yield _wrong("is not allowed on a worker", "cluster", "etcd")
    if dig(main, ("machine", "features", "kubernetesTalosAPIAccess", "enabled")):
        yield _wrong("is not allowed on a worker", "machine", "features", "kubernetesTalosAPIAccess", "enabled")


def _networks(main: Mapping[str, Json]) -> Iterator[Finding]:
    for key in ("podSubnets", "serviceSubnets"):
        for index, subnet in enumerate(dig(main, ("cluster", "network", key)) or []):
            problem = values.wrong_subnet(str(subnet))
            if problem:
                yield _wrong(problem, "cluster", "network", key, index)
    hostname = dig(main, ("machine", "network", "hostname"))
    problem = values.wrong_hostname(str(hostname)) if hostname else None
    if problem:
        yield _wrong(problem, "machine", "network", "hostname")


def _of_node(main: Mapping[str, Json]) -> Iterator[Finding]:
    for key, value in (dig(main, ("machine", "nodeLabels")) or {}).items():
        problem = values.wrong_label(str(key), str(value))
        if problem:
            yield _wrong(problem, "machine", "nodeLabels", str(key))
    for index, module in enumerate(dig(main, ("machine", "kernel", "modules")) or []):
        if not module.get("name"):
            yield _wrong("is required", "machine", "kernel", "modules", index, "name")
    for key in ("sysctls", "sysfs"):
        for name, value in (dig(main, ("machine", key)) or {}).items():
            if not isinstance(value, str):
                yield _wrong(f"must be a text; write {str(value)!r} in quotes", "machine", key, str(name))


def _kubelet(main: Mapping[str, Json], contract: Contract) -> Iterator[Finding]:
    for key in dig(main, ("machine", "kubelet", "extraConfig")) or {}:
        if key in values.KUBELET_PROTECTED:
            yield _wrong("is set by Talos itself", "machine", "kubelet", "extraConfig", str(key))
    image = str(dig(main, ("machine", "kubelet", "image")) or "")
    problem = wrong_kubernetes(image, contract)
    if problem:
        yield _wrong(problem, "machine", "kubelet", "image")


def _features(main: Mapping[str, Json]) -> Iterator[Finding]:
    dns = dig(main, ("machine", "features", "hostDNS")) or {}
    if dns.get("forwardKubeDNSToHost") and not dns.get("enabled"):
        yield _wrong("requires enabled", "machine", "features", "hostDNS", "forwardKubeDNSToHost")
