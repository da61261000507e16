# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main document: all of the cluster and the machine up to contract 1.13, what is left of it from 1.14 on."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...core.path import Json
from .bundle import Bundle
from .cluster import CONTROL_PLANE, Cluster, Node
from .defaults import AUDIT_POLICY, EXCLUDED_FROM_BALANCERS, pod_security
from .network import network_section


def main_document(cluster: Cluster, node: Node, bundle: Bundle) -> dict[str, Json]:
    """The whole of it, as contracts up to 1.13 want it."""
    return {
        **_HEAD,
        "machine": _machine(cluster, node, bundle),
        "cluster": _cluster(cluster, node.role == CONTROL_PLANE, bundle),
    }


def short_main_document(cluster: Cluster, node: Node, bundle: Bundle) -> dict[str, Json]:
    """What has no document of its own in contract 1.14: the machine's identity and etcd."""
    leading = node.role == CONTROL_PLANE
    token = {"token": bundle.get("secrets", "bootstraptoken")}
    return {
        **_HEAD,
        "machine": {**_identity(cluster, node, bundle), "features": {"diskQuotaSupport": True}},
        "cluster": {**token, **(_etcd(cluster, bundle) if leading else {})},
    }


_HEAD: dict[str, Json] = {"version": "v1alpha1", "debug": False, "persist": True}


def _identity(cluster: Cluster, node: Node, bundle: Bundle) -> dict[str, Json]:
    return {
        "type": node.role,
        "token": bundle.get("trustdinfo", "token"),
        "ca": _authority(bundle, "os", with_key=node.role == CONTROL_PLANE),
        **_accepted(bundle, "os"),
        "certSANs": list(cluster.cert_sans),
    }


def _accepted(bundle: Bundle, authority: str) -> dict[str, Json]:
    """The other CA that counts while one is replaced."""
    accepted = [{"crt": text} for text in bundle.accepted(authority)]
    return {"acceptedCAs": accepted} if accepted else {}


def _machine(cluster: Cluster, node: Node, bundle: Bundle) -> dict[str, Json]:
    contract = cluster.contract
    machine: dict[str, Json] = {
        **_identity(cluster, node, bundle),
        "kubelet": {
            "image": cluster.images["kubelet"],
            "defaultRuntimeSeccompProfileEnabled": True,
            "disableManifestsDirectory": True,
        },
    }
    if contract.network_section:
        machine["network"] = {} if contract.network_documents else network_section(node)
    machine.update(install=_install(cluster, node), features=_features(cluster))
    if node.time_servers and not contract.network_documents:
        machine["time"] = {"servers": list(node.time_servers)}
    excluded = {EXCLUDED_FROM_BALANCERS: ""} if node.role == CONTROL_PLANE else {}
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
    uki = {} if cluster.contract.spelled_out else {"grubUseUKICmdline": True}
    return {**where, "image": cluster.images["installer"], "wipe": node.wipe, **uki}


def _features(cluster: Cluster) -> dict[str, Json]:
    old = ("rbac", "stableHostname", "apidCheckExtKeyUsage") if cluster.contract.spelled_out else ()
    return {
        **dict.fromkeys(old, True),
        "diskQuotaSupport": True,
        "kubePrism": {"enabled": True, "port": 7445},
        "hostDNS": {"enabled": True, "forwardKubeDNSToHost": True},
    }


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
    common.update(ca=_authority(bundle, "k8s", with_key=leading), **_accepted(bundle, "k8s"))
    if leading:
        common.update(_control_plane(cluster, bundle))
    common["discovery"] = _discovery(cluster)
    if leading:
        common.update(_cluster_etcd(cluster, bundle))
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
    old = cluster.contract.spelled_out
    names = (str(urlsplit(cluster.endpoint).hostname), *cluster.cert_sans) if old else cluster.cert_sans
    if names:
        own["certSANs"] = list(names)
    if old:
        own["disablePodSecurityPolicy"] = True
    return {
        **own,
        "admissionControl": [{"name": "PodSecurity", "configuration": pod_security()}],
        "auditPolicy": AUDIT_POLICY,
    }


def _cluster_etcd(cluster: Cluster, bundle: Bundle) -> dict[str, Json]:
    images = cluster.images
    out = _etcd(cluster, bundle)
    if "coredns" in images:
        out["coreDNS"] = {"image": images["coredns"]}
    if cluster.schedulable:
        out["allowSchedulingOnControlPlanes"] = True
    return out


def _etcd(cluster: Cluster, bundle: Bundle) -> dict[str, Json]:
    images = cluster.images
    etcd: dict[str, Json] = {"image": images["etcd"]} if "etcd" in images else {}
    return {"etcd": {**etcd, "ca": _authority(bundle, "etcd")}}


def _authority(bundle: Bundle, name: str, *, with_key: bool = True) -> dict[str, Json]:
    """A CA as the main document holds it; a worker gets no key."""
    return {
        "crt": bundle.get("certs", name, "crt"),
        "key": bundle.get("certs", name, "key") if with_key else "",
    }
