# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the documents that came with contract 1.14.

Source: the Validate methods in pkg/machinery/config/types/{k8s,cluster,runtime,block} of siderolabs/talos v1.14.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping

from ...clients.talos import certificates
from ...core.error import Finding, InvalidInput
from ...core.path import Json, Path, dig
from . import values
from .contract import Contract
from .images import wrong_kubernetes
from .values import KUBELET_PROTECTED

Rule = Callable[[Mapping[str, Json]], Iterator[Finding]]


def kubernetes_findings(document: Mapping[str, Json], contract: Contract) -> Iterator[Finding]:
    """What is wrong in the document; paths begin in it."""
    kind = str(document.get("kind"))
    for path in _REQUIRED.get(kind, ()):
        if not dig(document, path) and document.get("enabled") is not False:
            yield Finding(path, "is required")
    if kind in _VERSIONED:
        problem = wrong_kubernetes(str(document.get("image") or ""), contract)
        if problem:
            yield Finding(("image",), problem)
    for rule in _RULES.get(kind, ()):
        yield from rule(document)


_VERSIONED = (
    "KubeAPIServerConfig",
    "KubeControllerManagerConfig",
    "KubeProxyConfig",
    "KubeSchedulerConfig",
    "KubeletConfig",
)
_REQUIRED: dict[str, tuple[Path, ...]] = {
    **dict.fromkeys(_VERSIONED, (("image",),)),
    "DiscoveryIdentityConfig": (("clusterID",), ("clusterSecret",)),
    "DiscoveryServiceConfig": (("endpoint",),),
    "KubeAggregatorCAConfig": (("issuingCA",),),
    "KubeAuthorizerConfig": (("type",),),
    "KubeClusterConfig": (("clusterName",), ("endpoint",)),
    "KubeEtcdEncryptionConfig": (("config",),),
    "KubeExternalManifestConfig": (("url",),),
    "KubeFlannelCNIConfig": (("backendType",),),
    "KubePrismConfig": (("port",),),
    "KubeServiceAccountConfig": (("issuer", "privateKey"), ("issuer", "issuerURL")),
    "KubeStaticPodConfig": (("pod",),),
    "UnattendedInstallConfig": (("provisioning", "diskSelector", "match"),),
}
_AUTHORIZERS = ("Node", "RBAC", "Webhook")
_PROXY_MODES = ("iptables", "ipvs", "nftables")


def _authority(document: Mapping[str, Json]) -> Iterator[Finding]:
    """A certificate authority; its parts are PEM as it is, not base64 as in the main document."""
    issuing = document.get("issuingCA")
    if issuing:
        for part, read in (("cert", certificates.facts), ("key", certificates.load_key)):
            yield from _pem(("issuingCA", part), issuing.get(part), read)
    for index, text in enumerate(document.get("acceptedCAs") or []):
        yield from _pem(("acceptedCAs", index), text, certificates.facts)


def _service_account(document: Mapping[str, Json]) -> Iterator[Finding]:
    key = dig(document, ("issuer", "privateKey"))
    if key:
        yield from _pem(("issuer", "privateKey"), key, certificates.load_key)


def _pem(path: Path, text: Json, read: Callable[[bytes], object]) -> Iterator[Finding]:
    try:
        read(str(text or "").encode())
    except InvalidInput as error:
        yield Finding(path, f"{error.reason}; PEM is expected, not its base64" if _is_base64(text) else error.reason)


def _is_base64(text: Json) -> bool:
    try:
        return base64.b64decode(str(text), validate=True).startswith(b"-----BEGIN")
    except (binascii.Error, ValueError):
        return False


def _authorizer(document: Mapping[str, Json]) -> Iterator[Finding]:
    kind = document.get("type")
    if kind and kind not in _AUTHORIZERS:
        yield Finding(("type",), f"{kind!r} is not one of {', '.join(_AUTHORIZERS)}")
    elif kind and (kind == "Webhook") != bool(document.get("webhook")):
        yield Finding(("webhook",), "goes with the type Webhook, and only with it")


def _cluster(document: Mapping[str, Json]) -> Iterator[Finding]:
    endpoint = document.get("endpoint")
    problem = values.wrong_endpoint(str(endpoint)) if endpoint else None
    if problem:
        yield Finding(("endpoint",), problem)


def _network(document: Mapping[str, Json]) -> Iterator[Finding]:
    pods, services = (document.get(key) or [] for key in ("podSubnets", "serviceSubnets"))
    for key, subnets in (("podSubnets", pods), ("serviceSubnets", services)):
        for index, subnet in enumerate(subnets):
            problem = values.wrong_subnet(str(subnet))
            if problem:
                yield Finding((key, index), problem)
    if len(pods) != len(services):
        yield Finding(("serviceSubnets",), f"there are {len(services)}, but {len(pods)} podSubnets")
    for key, most in (("nodeCIDRMaskSizeIPv4", 32), ("nodeCIDRMaskSizeIPv6", 128)):
        if document.get(key) and not 1 <= document[key] <= most:
            yield Finding((key,), f"{document[key]} is not within 1 … {most}")


def _node(document: Mapping[str, Json]) -> Iterator[Finding]:
    for key, value in (document.get("labels") or {}).items():
        problem = values.wrong_label(str(key), str(value))
        if problem:
            yield Finding(("labels", str(key)), problem)


def _kubelet(document: Mapping[str, Json]) -> Iterator[Finding]:
    for key in document.get("config") or {}:
        if key in KUBELET_PROTECTED:
            yield Finding(("config", str(key)), "is set by Talos itself")


def _proxy(document: Mapping[str, Json]) -> Iterator[Finding]:
    mode = document.get("mode")
    if mode and mode not in _PROXY_MODES:
        yield Finding(("mode",), f"{mode!r} is not one of {', '.join(_PROXY_MODES)}")


def _prism(document: Mapping[str, Json]) -> Iterator[Finding]:
    port = document.get("port")
    if port and not 1 <= port <= 65535:
        yield Finding(("port",), f"{port} is not within 1 … 65535")


def _texts(document: Mapping[str, Json]) -> Iterator[Finding]:
    for name, value in (document.get("params") or {}).items():
        if not isinstance(value, str):
            yield Finding(("params", str(name)), f"must be a text; write {str(value)!r} in quotes")


_RULES: dict[str, tuple[Rule, ...]] = {
    "KubeAPIServerCAConfig": (_authority,),
    "KubeAggregatorCAConfig": (_authority,),
    "KubeAuthorizerConfig": (_authorizer,),
    "KubeClusterConfig": (_cluster,),
    "KubeNetworkConfig": (_network,),
    "KubeNodeConfig": (_node,),
    "KubePrismConfig": (_prism,),
    "KubeProxyConfig": (_proxy,),
    "KubeServiceAccountConfig": (_service_account,),
    "KubeletConfig": (_kubelet,),
    "SysctlConfig": (_texts,),
    "SysfsConfig": (_texts,),
}
