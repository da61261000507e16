# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents that replace most of the main one in contract 1.14, in the order in which Talos itself writes them."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from ...core.path import Json
from .bundle import Bundle
from .cluster import CONTROL_PLANE, Cluster, Node
from .defaults import AUDIT_POLICY, EXCLUDED_FROM_BALANCERS, pod_security
from .disk_selector import expression
from .documents import new_document

_LEADING = "node-role.kubernetes.io/control-plane"


def system_documents(cluster: Cluster, node: Node, bundle: Bundle) -> Iterator[dict[str, Json]]:
    """How machines find each other, where Talos goes, and how its own volumes are kept."""
    if cluster.discovery:
        yield new_document("DiscoveryServiceConfig", name="default", endpoint="https://discovery.talos.dev/")
    yield new_document(
        "DiscoveryIdentityConfig",
        clusterID=bundle.get("cluster", "id"),
        clusterSecret=bundle.get("cluster", "secret"),
    )
    match = f'disk.dev_path == "{node.disk}"' if node.disk else expression(node.disk_selector)
    yield new_document(
        "UnattendedInstallConfig",
        installer={"image": cluster.images["installer"]},
        provisioning={"diskSelector": {"match": match}, "wipe": node.wipe},
    )
    yield new_document("VolumeConfig", name="EPHEMERAL", mount={"secure": True})
    yield new_document("FilesystemTrimConfig", interval="168h0m0s")
    yield new_document("SecurityProfileConfig", workloadIsolation=True)


def kubernetes_documents(cluster: Cluster, node: Node, bundle: Bundle) -> Iterator[dict[str, Json]]:
    """What every machine knows of its cluster; on a control-plane machine also what it runs."""
    leading = node.role == CONTROL_PLANE
    yield new_document("KubeClusterConfig", clusterName=cluster.name, endpoint=cluster.endpoint)
    yield _node(cluster, node, leading)
    yield new_document("KubeletConfig", image=cluster.images["kubelet"], defaultRuntimeSeccompProfileEnabled=True)
    yield new_document(
        "KubeNetworkConfig",
        dnsDomain=cluster.dns_domain,
        podSubnets=list(cluster.pod_subnets),
        serviceSubnets=list(cluster.service_subnets),
    )
    yield new_document("KubeAPIServerCAConfig", **_trusted(bundle, leading))
    yield new_document("KubePrismConfig", port=7445)
    if leading:
        yield from _access(cluster, bundle)
        yield from _components(cluster)


def _trusted(bundle: Bundle, leading: bool) -> dict[str, Json]:
    """A worker issues nothing: for it the CA that issues is the first of those that it accepts."""
    others = [base64.b64decode(text).decode() for text in bundle.accepted("k8s")]
    if leading:
        return {"issuingCA": _authority(bundle, "k8s"), "acceptedCAs": others}
    return {"acceptedCAs": [_pem(bundle, "k8s", "crt"), *others]}


def _node(cluster: Cluster, node: Node, leading: bool) -> dict[str, Json]:
    """Without its role's label and taint a control-plane node would be an ordinary one: nothing implies them now."""
    labels = {_LEADING: "", EXCLUDED_FROM_BALANCERS: ""} if leading else {}
    taints = {_LEADING: "NoSchedule"} if leading and not cluster.schedulable else {}
    return new_document(
        "KubeNodeConfig",
        labels={**labels, **node.labels},
        annotations=dict(node.annotations),
        taints={**taints, **node.taints},
    )


def _access(cluster: Cluster, bundle: Bundle) -> Iterator[dict[str, Json]]:
    """Who may do what at the API server, and how secrets lie in etcd."""
    yield new_document("KubeAggregatorCAConfig", issuingCA=_authority(bundle, "k8saggregator"))
    yield new_document("KubeAdmissionControlConfig", name="PodSecurity", configuration=pod_security())
    yield new_document("KubeAuditPolicyConfig", configuration=AUDIT_POLICY)
    yield new_document("KubeAuthenticationConfig", configuration=_authentication())
    yield new_document("KubeAuthorizerConfig", name="node", type="Node")
    yield new_document("KubeAuthorizerConfig", name="rbac", type="RBAC")
    yield new_document("KubeEtcdEncryptionConfig", config=_encryption(bundle))
    key = _pem(bundle, "k8sserviceaccount", "key")
    yield new_document("KubeServiceAccountConfig", issuer={"privateKey": key, "issuerURL": cluster.endpoint})


def _components(cluster: Cluster) -> Iterator[dict[str, Json]]:
    images = cluster.images
    yield new_document(
        "KubeAPIServerConfig",
        image=images["kube_apiserver"],
        extraArgs=dict(cluster.api_server_args),
        certExtraSANs=list(cluster.cert_sans),
    )
    yield new_document("KubeControllerManagerConfig", image=images["kube_controller_manager"])
    yield new_document("KubeSchedulerConfig", image=images["kube_scheduler"])
    yield new_document("KubeProxyConfig", enabled=None if cluster.kube_proxy else False, image=images["kube_proxy"])
    if cluster.cni == "flannel":
        yield new_document("KubeFlannelCNIConfig", backendType="vxlan", backendPort=4789)
    yield new_document("KubeCoreDNSConfig", enabled=True, image=images.get("coredns"))


def _authentication() -> dict[str, Json]:
    """Nobody is anonymous but those who ask whether the server lives."""
    conditions = [{"path": path} for path in ("/livez", "/readyz", "/healthz")]
    return {"anonymous": {"conditions": conditions, "enabled": True}, "jwt": []}


def _encryption(bundle: Bundle) -> dict[str, Json]:
    """Secrets at rest, with the names of keys that older contracts gave them: data in etcd bears these names.

    Talos' own generator writes an AES-CBC key (a bundle from before Talos 1.3) as one of secretbox, with which nothing
    in such a cluster could be read.
    """
    secretbox = bundle.get("secrets", "secretboxencryptionsecret")
    if secretbox:
        provider = {"secretbox": {"keys": [{"name": "key2", "secret": secretbox}]}}
    else:
        provider = {"aescbc": {"keys": [{"name": "key1", "secret": bundle.get("secrets", "aescbcencryptionsecret")}]}}
    return {"resources": [{"providers": [provider], "resources": ["secrets"]}]}


def _authority(bundle: Bundle, name: str) -> dict[str, Json]:
    return {"cert": _pem(bundle, name, "crt"), "key": _pem(bundle, name, "key")}


def _pem(bundle: Bundle, name: str, part: str) -> str:
    """These documents hold PEM as it is, the main one its base64."""
    return base64.b64decode(bundle.get("certs", name, part)).decode()
