# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node on metal takes a configuration: rules of config/types/v1alpha1 and config/container, contract 1.13.

Covered are the rules about what this collection writes: machine type, CAs, install, kubelet, CNI, endpoint, etcd,
discovery, labels, and the documents of `document_rules`. Rules about bonds, VIPs of worker interfaces, disk
encryption keys, KubeSpan and logging are not imitated.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from . import labels
from .document_rules import conflicts, document_problems
from .errors import ConfigurationError, several
from .model import Configuration

#: Fields of the kubelet's configuration that Talos keeps for itself (pkg/machinery/kubelet).
_KUBELET_PROTECTED = (
    "apiVersion",
    "authentication",
    "authorization",
    "cgroupRoot",
    "kind",
    "kubeletCgroups",
    "port",
    "protectKernelDefaults",
    "resolvConf",
    "rotateCertificates",
    "systemCgroups",
    "staticPodPath",
    "seccompDefault",
)


def validate(configuration: Configuration, installed: bool) -> list[str]:
    """The warnings Talos would give; raises ``ConfigurationError`` with everything that is wrong.

    ``installed`` nodes need no install section.
    """
    problems: list[str] = []
    if configuration.complete:
        found = _v1alpha1_problems(configuration, installed)
        if found:
            problems.append(f"v1alpha1.Config: {several(found)}")
    for document in configuration.documents:
        if "kind" in document:
            problems += document_problems(document)
    problems += conflicts(configuration)
    if problems:
        raise ConfigurationError(several(problems))
    return list(_warnings(configuration))


def _v1alpha1_problems(configuration: Configuration, installed: bool) -> list[str]:
    if configuration.get("machine") is None:
        return ["machine instructions are required"]
    rules: list[Callable[[Configuration], Iterable[str]]] = [_cluster]
    if not installed:
        rules.append(_install)
    rules += [_host_dns, _accepted_cas, _control_plane if configuration.is_control_plane else _worker]
    rules += [_kubelet, _nodes_marks, _persist]
    return [problem for rule in rules for problem in rule(configuration)]


def _warnings(configuration: Configuration) -> Iterator[str]:
    given, meant = configuration.get("machine.type", ""), configuration.machine_type
    if configuration.complete and given != meant:
        yield f'use "{meant}" instead of "{given}" for machine type'
    if configuration.get("machine.install.extensions"):
        yield (
            ".machine.install.extensions is deprecated, please see "
            "https://docs.siderolabs.com/talos/latest/platform-specific-installations/boot-assets"
        )


def _cluster(configuration: Configuration) -> Iterator[str]:
    if configuration.get("cluster") is None:
        yield "cluster instructions are required"
        return
    endpoint = configuration.get("cluster.controlPlane.endpoint")
    if not endpoint:
        yield "cluster controlplane endpoint is required"
        return
    yield from (f"invalid controlplane endpoint: {problem}" for problem in _endpoint(endpoint))
    if configuration.get("cluster.etcd") is not None:
        yield from _etcd(configuration)
    if not configuration.is_control_plane and configuration.get("cluster.ca.key"):
        yield "cluster CA key is not allowed on non-controlplane nodes (.cluster.ca)"
    yield from _inline_manifests(configuration)
    yield from _discovery(configuration)


def _endpoint(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        yield "port number must be numeric"
        return
    if not parts.hostname:
        yield "hostname must not be blank"
    elif port is not None and not 1 <= port <= 65535:
        yield "port number must be between 1 and 65535"


def _etcd(configuration: Configuration) -> Iterator[str]:
    if not configuration.is_control_plane:
        yield "etcd config is only allowed on control plane machines"
        return
    if configuration.get("cluster.etcd.ca") is None:
        yield "key/cert combination should not be empty"
    for kind in ("advertised", "listen"):
        for subnet in configuration.get(f"cluster.etcd.{kind}Subnets", []):
            if not _is_subnet(subnet):
                yield f'etcd {kind} subnet is not valid: "{subnet.removeprefix("!")}"'


def _inline_manifests(configuration: Configuration) -> Iterator[str]:
    seen: set[str] = set()
    for manifest in configuration.get("cluster.inlineManifests", []):
        name = manifest.get("name", "")
        if not name.strip():
            yield "inline manifest name can't be empty"
        if name in seen:
            yield f'inline manifest name "{name}" is duplicate'
        seen.add(name)


def _discovery(configuration: Configuration) -> Iterator[str]:
    service = configuration.get("cluster.discovery.registries.service", {})
    if not configuration.get("cluster.discovery.enabled", False) or service.get("disabled"):
        return
    for field in ("id", "secret"):
        if not configuration.get(f"cluster.{field}"):
            yield f"cluster discovery service requires .cluster.{field}"


def _install(configuration: Configuration) -> Iterator[str]:
    install = configuration.get("machine.install")
    if install is None:
        yield 'install instructions are required in "metal" mode'
        return
    if not install.get("disk") and not install.get("diskSelector"):
        yield "either install disk or diskSelector should be defined"
    if install.get("extraKernelArgs") and install.get("grubUseUKICmdline"):
        yield "install.extraKernelArgs and install.grubUseUKICmdline can't be used together"


def _host_dns(configuration: Configuration) -> Iterator[str]:
    host_dns = configuration.get("machine.features.hostDNS", {})
    if host_dns.get("forwardKubeDNSToHost") and not host_dns.get("enabled"):
        yield "feature hostDNS.forwardKubeDNSToHost requires hostDNS.enabled to be true (.machine.features.hostDNS)"


def _accepted_cas(configuration: Configuration) -> Iterator[str]:
    if configuration.get("machine.ca") is None and not configuration.get("machine.acceptedCAs"):
        yield "issuing CA or some accepted CAs are required (.machine.ca, machine.acceptedCAs)"


def _control_plane(configuration: Configuration) -> Iterator[str]:
    yield from _cni(configuration)
    if configuration.get("machine.ca") is None:
        yield "issuing CA is required (.machine.ca)"
    elif not configuration.get("machine.ca.key"):
        yield "issuing CA key is required for controlplane nodes (.machine.ca.key)"


def _cni(configuration: Configuration) -> Iterator[str]:
    name = configuration.get("cluster.network.cni.name", "flannel") or "flannel"
    if name not in ("flannel", "custom", "none"):
        yield 'cni name should be one of ["flannel", "custom", "none"]'
    elif name != "custom" and configuration.get("cluster.network.cni.urls"):
        yield f'"urls" field should be empty for "{name}" CNI'


def _worker(configuration: Configuration) -> Iterator[str]:
    if configuration.machine_type != "worker":
        yield f'unknown machine type "{configuration.get("machine.type", "")}"'
        return
    if configuration.get("machine.ca.key"):
        yield "issuing Talos API CA key is not allowed on non-controlplane nodes (.machine.ca)"
    has_ca = configuration.get("machine.ca.crt") or configuration.get("machine.acceptedCAs")
    if configuration.get("machine.ca") is not None and not has_ca:
        yield "trusted CA certificates are required on non-controlplane nodes (.machine.ca.crt, .machine.acceptedCAs)"
    if configuration.get("cluster.ca.key"):
        yield "issuing Kubernetes API CA key is not allowed on non-controlplane nodes (.cluster.ca)"
    if configuration.named("Layer2VIPConfig"):
        yield "virtual (shared) IP is not allowed on non-controlplane nodes"


def _kubelet(configuration: Configuration) -> Iterator[str]:
    for subnet in configuration.get("machine.kubelet.nodeIP.validSubnets", []):
        if not _is_subnet(subnet):
            yield f'kubelet nodeIP subnet is not valid: "{subnet.removeprefix("!")}"'
    for field in _KUBELET_PROTECTED:
        if field in configuration.get("machine.kubelet.extraConfig", {}):
            yield f'kubelet configuration field "{field}" can\'t be overridden'


def _nodes_marks(configuration: Configuration) -> Iterator[str]:
    checks = (
        ("nodeLabels", "labels", labels.label_problems),
        ("nodeAnnotations", "annotations", labels.annotation_problems),
        ("nodeTaints", "taints", labels.taint_problems),
    )
    for field, word, check in checks:
        problems = list(check(configuration.get(f"machine.{field}", {})))
        if problems:
            yield f"invalid machine node {word}: {several(problems)}"


def _persist(configuration: Configuration) -> Iterator[str]:
    if configuration.get("persist") is False:
        yield ".persist should be enabled"


def _is_subnet(text: str) -> bool:
    try:
        ipaddress.ip_interface(text.removeprefix("!"))
    except ValueError:
        return False
    return True
