# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine configuration says about Kubernetes: the v1alpha1 document (contract 1.13) as frozen values.

Defaults are Talos' own (siderolabs/talos pkg/machinery/constants, pkg/machinery/config/types/v1alpha1).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Json = Any
CONTROL_PLANE_TYPES = ("controlplane", "init")


@dataclass(frozen=True)
class KeyPair:
    """A CA: certificate and private key as PEM; ``key`` is empty where the configuration has only the certificate."""

    crt: bytes
    key: bytes = b""

    @classmethod
    def parse(cls, given: Mapping[str, str] | None) -> KeyPair:
        """From ``{crt, key}``, each base64 of PEM."""
        given = given or {}
        return cls(base64.b64decode(given.get("crt") or ""), base64.b64decode(given.get("key") or ""))


@dataclass(frozen=True)
class Component:
    """One static pod's settings: image, extra arguments (each a list of values), certificate SANs."""

    image: str
    extra_args: Mapping[str, tuple[str, ...]]
    disabled: bool = False

    @classmethod
    def parse(cls, given: Mapping[str, Json] | None) -> Component:
        """From ``cluster.apiServer`` and its like; an extra argument is a text or (since 1.12) a list of texts."""
        given = given or {}
        extra = {
            name: tuple(map(_text, value)) if isinstance(value, list) else (_text(value),)
            for name, value in (given.get("extraArgs") or {}).items()
        }
        return cls(given.get("image", ""), extra, bool(given.get("disabled")))

    @property
    def version(self) -> str:
        """The image's tag, such as ``v1.36.3``; empty when there is none."""
        return image_tag(self.image)


@dataclass(frozen=True)
class KubeletSettings:
    """``machine.kubelet`` and the node's own labels, annotations and taints."""

    image: str
    extra_config: Mapping[str, Json]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    taints: Mapping[str, str]
    register: bool

    @property
    def version(self) -> str:
        """The kubelet's version, from its image's tag; a flavour of the image (``-fat``) is no part of it."""
        return image_tag(self.image).removesuffix("-fat").removesuffix("-slim")


@dataclass(frozen=True)
class Settings:
    """One machine's part in a Kubernetes cluster."""

    hostname: str
    control_plane: bool
    cluster_name: str
    endpoint: str
    dns_domain: str
    pod_subnets: tuple[str, ...]
    service_subnets: tuple[str, ...]
    bootstrap_token: str
    ca: KeyPair
    other_cas: tuple[bytes, ...]
    aggregator_ca: KeyPair
    service_account_key: bytes
    etcd_ca: KeyPair
    secretbox_secret: str
    aescbc_secret: str
    api_server: Component
    api_server_sans: tuple[str, ...]
    admission_control: Sequence[Json]
    audit_policy: Json
    controller_manager: Component
    scheduler: Component
    scheduler_config: Json
    etcd: Component
    kubelet: KubeletSettings
    workloads_on_control_plane: bool
    sysctls: Mapping[str, str]
    sysfs: Mapping[str, str]
    kernel_args: tuple[str, ...]

    @property
    def of_node(self) -> tuple[object, ...]:
        """The part that the kubelet and its node depend on; any other change leaves them alone."""
        identity = (self.hostname, self.control_plane, self.bootstrap_token, self.ca, self.other_cas)
        return (*identity, self.kubelet, self.workloads_on_control_plane, self.sysctls, self.sysfs, self.kernel_args)

    @property
    def authorities(self) -> tuple[bytes, ...]:
        """Certificates (PEM) of all CAs whose certificates count, first the one that issues new ones."""
        return (self.ca.crt, *self.other_cas)

    @property
    def trusted(self) -> bytes:
        """The same as one text, as Talos joins them."""
        return b"".join(self.authorities)

    @property
    def endpoint_host(self) -> str:
        """The host part of the control plane's endpoint."""
        return urlsplit(self.endpoint).hostname or ""


def parse(documents: Sequence[Mapping[str, Json]], default_hostname: str) -> Settings | None:
    """Read a machine configuration's documents; None when there is no v1alpha1 document (a partial configuration)."""
    legacy = next((doc for doc in documents if "kind" not in doc and "machine" in doc), None)
    if legacy is None:
        return None
    machine, cluster = legacy["machine"] or {}, legacy.get("cluster") or {}
    network = cluster.get("network") or {}
    api_server = cluster.get("apiServer") or {}
    return Settings(
        hostname=_hostname(documents, machine) or default_hostname,
        control_plane=machine.get("type") in CONTROL_PLANE_TYPES,
        cluster_name=cluster.get("clusterName", ""),
        endpoint=_endpoint(cluster),
        dns_domain=network.get("dnsDomain") or "cluster.local",
        pod_subnets=tuple(network.get("podSubnets") or ["10.244.0.0/16"]),
        service_subnets=tuple(network.get("serviceSubnets") or ["10.96.0.0/12"]),
        bootstrap_token=cluster.get("token", ""),
        ca=KeyPair.parse(cluster.get("ca")),
        other_cas=tuple(KeyPair.parse(each).crt for each in cluster.get("acceptedCAs") or ()),
        aggregator_ca=KeyPair.parse(cluster.get("aggregatorCA")),
        service_account_key=KeyPair.parse(cluster.get("serviceAccount")).key,
        etcd_ca=KeyPair.parse((cluster.get("etcd") or {}).get("ca")),
        secretbox_secret=cluster.get("secretboxEncryptionSecret", ""),
        aescbc_secret=cluster.get("aescbcEncryptionSecret", ""),
        api_server=Component.parse(api_server),
        api_server_sans=tuple(api_server.get("certSANs") or ()),
        admission_control=tuple(api_server.get("admissionControl") or ()),
        audit_policy=api_server.get("auditPolicy"),
        controller_manager=Component.parse(cluster.get("controllerManager")),
        scheduler=Component.parse(cluster.get("scheduler")),
        scheduler_config=(cluster.get("scheduler") or {}).get("config"),
        etcd=Component.parse(cluster.get("etcd")),
        kubelet=_kubelet(machine),
        workloads_on_control_plane=bool(cluster.get("allowSchedulingOnControlPlanes")),
        sysctls=_texts(machine.get("sysctls")),
        sysfs=_texts(machine.get("sysfs")),
        kernel_args=tuple((machine.get("install") or {}).get("extraKernelArgs") or ()),
    )


def image_tag(image: str) -> str:
    """The tag of an image reference, with or without a digest; empty when there is none."""
    name = image.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[2]


def _kubelet(machine: Mapping[str, Json]) -> KubeletSettings:
    kubelet = machine.get("kubelet") or {}
    return KubeletSettings(
        image=kubelet.get("image", ""),
        extra_config=kubelet.get("extraConfig") or {},
        labels=_texts(machine.get("nodeLabels")),
        annotations=_texts(machine.get("nodeAnnotations")),
        taints=_texts(machine.get("nodeTaints")),
        register=not kubelet.get("skipNodeRegistration"),
    )


def _hostname(documents: Sequence[Mapping[str, Json]], machine: Mapping[str, Json]) -> str | None:
    for document in documents:
        if document.get("kind") == "HostnameConfig" and document.get("hostname"):
            return str(document["hostname"])
    return (machine.get("network") or {}).get("hostname")


def _endpoint(cluster: Mapping[str, Json]) -> str:
    return str((cluster.get("controlPlane") or {}).get("endpoint", ""))


def _texts(given: Mapping[str, Json] | None) -> dict[str, str]:
    return {name: _text(value) for name, value in (given or {}).items()}


def _text(value: Json) -> str:
    """A scalar the way YAML wrote it: booleans are lower case in arguments and sysctls alike."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
