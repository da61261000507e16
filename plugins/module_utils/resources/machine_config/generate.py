# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a cluster, a machine and the secrets bundle to the machine's configuration (contract 1.13)."""

from __future__ import annotations

from ...core.error import Finding, NfviError, refuse
from ...core.path import Json
from . import patch
from .bundle import Bundle
from .check import findings
from .cluster import CONTROL_PLANE, Cluster, Node
from .documents import Configuration
from .network import network_documents


def generate(cluster: Cluster, node: Node, bundle: Bundle) -> Configuration:
    """The configuration of the machine; raises `InvalidInput` with the path in it of everything that is wrong."""
    configuration = Configuration((_main(cluster, node, bundle), *network_documents(node)))
    for part in (*cluster.patches, *node.patches):
        try:
            configuration = patch.apply(configuration, part.documents, path=part.given.path)
        except NfviError as error:
            error.about(f"node {node.name}")
            raise
    found = findings(configuration, cluster.contract)
    refuse((Finding((*node.given.path, *each.path), each.reason) for each in found), object=f"node {node.name}")
    return configuration


def _main(cluster: Cluster, node: Node, bundle: Bundle) -> dict[str, Json]:
    return {
        "version": "v1alpha1",
        "debug": False,
        "persist": True,
        "machine": _machine(cluster, node, bundle),
        "cluster": _cluster(cluster, node.role == CONTROL_PLANE, bundle),
    }


def _machine(cluster: Cluster, node: Node, bundle: Bundle) -> dict[str, Json]:
    leading = node.role == CONTROL_PLANE
    machine: dict[str, Json] = {
        "type": node.role,
        "token": bundle.get("trustdinfo", "token"),
        "ca": _authority(bundle, "os", with_key=leading),
        "certSANs": list(cluster.cert_sans),
        "kubelet": {
            "image": cluster.images["kubelet"],
            "defaultRuntimeSeccompProfileEnabled": True,
            "disableManifestsDirectory": True,
        },
        "install": _install(cluster, node),
        "features": {
            "diskQuotaSupport": True,
            "kubePrism": {"enabled": True, "port": 7445},
            "hostDNS": {"enabled": True, "forwardKubeDNSToHost": True},
        },
    }
    excluded = {"node.kubernetes.io/exclude-from-external-load-balancers": ""} if leading else {}
    of_node = {
        "nodeLabels": {**excluded, **node.labels},
        "nodeAnnotations": dict(node.annotations),
        "nodeTaints": dict(node.taints),
    }
    machine.update({key: value for key, value in of_node.items() if value})
    return machine


def _install(cluster: Cluster, node: Node) -> dict[str, Json]:
    where: dict[str, Json] = {"disk": node.disk} if node.disk else {}
    if node.disk_selector:
        where["diskSelector"] = dict(node.disk_selector)
    return {**where, "image": cluster.images["installer"], "wipe": node.wipe, "grubUseUKICmdline": True}


def _cluster(cluster: Cluster, leading: bool, bundle: Bundle) -> dict[str, Json]:
    common: dict[str, Json] = {
        "id": bundle.get("cluster", "id"),
        "secret": bundle.get("cluster", "secret"),
        "controlPlane": {"endpoint": cluster.endpoint},
        "clusterName": cluster.name,
        "network": _network(cluster),
        "token": bundle.get("secrets", "bootstraptoken"),
    }
    if leading:
        common.update(_encryption(bundle))
    common["ca"] = _authority(bundle, "k8s", with_key=leading)
    if leading:
        common.update(_control_plane(cluster, bundle))
    common["discovery"] = _discovery(cluster)
    if leading:
        common.update(_etcd(cluster, bundle))
    return common


def _network(cluster: Cluster) -> dict[str, Json]:
    """Flannel is what Talos does when no CNI is named."""
    cni: dict[str, Json] = {} if cluster.cni == "flannel" else {"cni": {"name": cluster.cni}}
    return {
        **cni,
        "dnsDomain": cluster.dns_domain,
        "podSubnets": list(cluster.pod_subnets),
        "serviceSubnets": list(cluster.service_subnets),
    }


def _discovery(cluster: Cluster) -> dict[str, Json]:
    """Off unless asked for: the service is on the public internet."""
    return {"enabled": cluster.discovery, "registries": {"kubernetes": {"disabled": True}, "service": {}}}


def _encryption(bundle: Bundle) -> dict[str, Json]:
    """Secrets at rest: secretbox, or AES-CBC in a bundle that was made before Talos 1.3."""
    secretbox = bundle.get("secrets", "secretboxencryptionsecret")
    if secretbox:
        return {"secretboxEncryptionSecret": secretbox}
    return {"aescbcEncryptionSecret": bundle.get("secrets", "aescbcencryptionsecret")}


def _control_plane(cluster: Cluster, bundle: Bundle) -> dict[str, Json]:
    proxy: dict[str, Json] = {} if cluster.kube_proxy else {"disabled": True}
    return {
        "aggregatorCA": _authority(bundle, "k8saggregator"),
        "serviceAccount": {"key": bundle.get("certs", "k8sserviceaccount", "key")},
        "apiServer": _api_server(cluster),
        "controllerManager": {"image": cluster.images["kube_controller_manager"]},
        "proxy": {**proxy, "image": cluster.images["kube_proxy"]},
        "scheduler": {"image": cluster.images["kube_scheduler"]},
    }


def _api_server(cluster: Cluster) -> dict[str, Json]:
    own: dict[str, Json] = {"image": cluster.images["kube_apiserver"]}
    if cluster.api_server_args:
        own["extraArgs"] = dict(cluster.api_server_args)
    if cluster.cert_sans:
        own["certSANs"] = list(cluster.cert_sans)
    return {
        **own,
        "admissionControl": [{"name": "PodSecurity", "configuration": _pod_security()}],
        "auditPolicy": {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]},
    }


def _pod_security() -> dict[str, Json]:
    levels = {"audit": "restricted", "enforce": "baseline", "warn": "restricted"}
    defaults: dict[str, Json] = {}
    for mode, level in levels.items():
        defaults.update({mode: level, f"{mode}-version": "latest"})
    return {
        "apiVersion": "pod-security.admission.config.k8s.io/v1alpha1",
        "defaults": defaults,
        "exemptions": {"namespaces": ["kube-system"], "runtimeClasses": [], "usernames": []},
        "kind": "PodSecurityConfiguration",
    }


def _etcd(cluster: Cluster, bundle: Bundle) -> dict[str, Json]:
    images = cluster.images
    etcd: dict[str, Json] = {"image": images["etcd"]} if "etcd" in images else {}
    out: dict[str, Json] = {"etcd": {**etcd, "ca": _authority(bundle, "etcd")}}
    if "coredns" in images:
        out["coreDNS"] = {"image": images["coredns"]}
    if cluster.schedulable:
        out["allowSchedulingOnControlPlanes"] = True
    return out


def _authority(bundle: Bundle, name: str, *, with_key: bool = True) -> dict[str, Json]:
    """A CA as the main document holds it; a worker gets no key."""
    return {
        "crt": bundle.get("certs", name, "crt"),
        "key": bundle.get("certs", name, "key") if with_key else "",
    }
