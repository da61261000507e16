# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the main document and another may not both say: every setting has one place.

Source: the V1Alpha1ConflictValidate methods in pkg/machinery/config/types of siderolabs/talos, 1.12 … 1.14. Talos looks
at documents whatever the main document's contract is, so that this needs no versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...core.error import Finding
from ...core.path import Json, Path, dig
from ...core.path import parse as path_of
from .documents import MAIN, Configuration, identity_of


class Row(NamedTuple):
    """``old`` are paths of the main document; with ``key`` the document conflicts only when it has that key.

    ``present``: being there conflicts, whatever the value; else an empty value and false do not.
    """

    kind: str
    old: str
    key: str = ""
    present: bool = False


_ROWS = (
    Row("HostnameConfig", "machine.network.hostname machine.features.stableHostname"),
    Row(
        "ResolverConfig",
        "machine.network.nameservers machine.network.searchDomains machine.network.disableSearchDomain",
    ),
    Row("ResolverConfig", "machine.features.hostDNS", "hostDNS", present=True),
    Row("TimeSyncConfig", "machine.time.disabled machine.time.servers machine.time.bootTimeout"),
    Row("KubeSpanConfig", "machine.network.kubespan", present=True),
    Row("CRIBaseRuntimeSpecConfig", "machine.baseRuntimeSpecOverrides"),
    Row("DiscoveryIdentityConfig", "cluster.id cluster.secret"),
    Row("DiscoveryServiceConfig", "cluster.discovery", present=True),
    Row("ImageCacheConfig", "machine.features.imageCache", present=True),
    Row("KubeAPIServerCAConfig", "cluster.ca", present=True),
    Row("KubeAPIServerConfig", "cluster.apiServer", present=True),
    Row("KubeAPIServerConfig", "cluster.controlPlane.localAPIServerPort"),
    Row("KubeAdmissionControlConfig", "cluster.apiServer.admissionControl"),
    Row("KubeAggregatorCAConfig", "cluster.aggregatorCA", present=True),
    Row("KubeAuditPolicyConfig", "cluster.apiServer.auditPolicy"),
    Row("KubeAuthorizerConfig", "cluster.apiServer.authorizationConfig"),
    Row("KubeClusterConfig", "cluster.clusterName cluster.controlPlane.endpoint"),
    Row(
        "KubeControllerManagerConfig",
        "cluster.controllerManager machine.controlPlane.controllerManager",
        present=True,
    ),
    Row("KubeCoreDNSConfig", "cluster.coreDNS", present=True),
    Row("KubeCredentialProviderConfig", "machine.kubelet.credentialProviderConfig"),
    Row("KubeEtcdEncryptionConfig", "cluster.secretboxEncryptionSecret cluster.aescbcEncryptionSecret"),
    Row("KubeFlannelCNIConfig", "cluster.network", present=True),
    Row("KubeNetworkConfig", "cluster.network", present=True),
    Row(
        "KubeNodeConfig",
        "cluster.allowSchedulingOnControlPlanes cluster.allowSchedulingOnMasters machine.kubelet.skipNodeRegistration "
        "machine.kubelet.registerWithFQDN machine.kubelet.nodeIP machine.nodeLabels machine.nodeAnnotations "
        "machine.nodeTaints",
        present=True,
    ),
    Row("KubePrismConfig", "machine.features.kubePrism", present=True),
    Row("KubeProxyConfig", "cluster.proxy", present=True),
    Row("KubeSchedulerConfig", "cluster.scheduler machine.controlPlane.scheduler", present=True),
    Row("KubeServiceAccountConfig", "cluster.serviceAccount", present=True),
    Row("KubeTalosAPIAccessConfig", "machine.features.kubernetesTalosAPIAccess", present=True),
    Row("KubeletConfig", "machine.kubelet", present=True),
    Row("UnattendedInstallConfig", "machine.install", present=True),
)
# Talos' own two volumes: the name in documents, and in machine.systemDiskEncryption.
_VOLUMES = {"STATE": "state", "EPHEMERAL": "ephemeral"}


def conflicts(configuration: Configuration) -> Iterator[Finding]:
    """A finding for every setting of the main document that another document has taken over."""
    found: dict[Path, str] = {}
    for document in configuration.documents:
        for path in _taken(document, configuration.main):
            found.setdefault(path, str(identity_of(document)))
    for path, other in found.items():
        yield Finding((MAIN, *path), f"cannot be set here and in {other}; keep one of both")


def _taken(document: dict[str, Json], main: dict[str, Json]) -> Iterator[Path]:
    identity = identity_of(document)
    for row in _ROWS:
        if row.kind == identity.kind and (not row.key or document.get(row.key)):
            for old in row.old.split():
                path = path_of(old)
                value = dig(main, path)
                if value is not None and (row.present or value):
                    yield path
    if identity.kind == "VolumeConfig" and document.get("encryption"):
        path = ("machine", "systemDiskEncryption", _VOLUMES.get(identity.name, ""))
        if dig(main, path):
            yield path
