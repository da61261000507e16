# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents into which contract 1.14 moved what the main one said about Kubernetes.

Source: pkg/machinery/config/types/k8s of siderolabs/talos v1.14.
"""

from __future__ import annotations

from .shape import COUNT, FLAG, FREE, NUMBER, SECRET, TEXT, TEXT_MAP, TEXTS, Entries, Free, Items, Kind, fields

_REPLACED = Free(replace=True)
# A patch replaces an argument whole: a text, or a list of texts.
_ARGS = Entries(_REPLACED, whole=True)
_ENV = Entries(SECRET)
_RESOURCES = fields(requests=FREE, limits=FREE)
_AUTHORITY = fields(issuingCA=fields(cert=TEXT, key=SECRET), acceptedCAs=TEXTS)

_EVERYWHERE: dict[str, Kind] = {
    "KubeAPIServerCAConfig": Kind(_AUTHORITY, named=False),
    "KubeClusterConfig": Kind(fields(clusterName=TEXT, endpoint=TEXT), named=False),
    "KubeCredentialProviderConfig": Kind(fields(configuration=_REPLACED), named=False),
    "KubeExternalManifestConfig": Kind(fields(url=TEXT, headers=Entries(SECRET))),
    "KubeInlineManifestConfig": Kind(fields(manifest=SECRET)),
    "KubeNetworkConfig": Kind(
        fields(
            dnsDomain=TEXT,
            podSubnets=Items(TEXT, replace=True),
            serviceSubnets=Items(TEXT, replace=True),
            nodeCIDRMaskSizeIPv4=NUMBER,
            nodeCIDRMaskSizeIPv6=NUMBER,
        ),
        named=False,
    ),
    "KubeNodeConfig": Kind(
        fields(
            skipNodeRegistration=FLAG,
            registerWithFQDN=FLAG,
            nodeIP=fields(validSubnets=TEXTS),
            labels=TEXT_MAP,
            annotations=TEXT_MAP,
            taints=TEXT_MAP,
        ),
        named=False,
    ),
    "KubePrismConfig": Kind(fields(port=NUMBER, tlsServerName=TEXT), named=False),
    "KubeStaticPodConfig": Kind(fields(pod=_REPLACED)),
    "KubeletConfig": Kind(
        fields(
            image=TEXT,
            config=FREE,
            extraArgs=_ARGS,
            clusterDNS=TEXTS,
            defaultRuntimeSeccompProfileEnabled=FLAG,
        ),
        named=False,
    ),
}

_CONTROL_PLANE: dict[str, Kind] = {
    "KubeAPIServerConfig": Kind(
        fields(
            image=TEXT,
            extraArgs=_ARGS,
            env=_ENV,
            resources=_RESOURCES,
            apiPort=COUNT,
            certExtraSANs=TEXTS,
            startupProbes=FLAG,
        ),
        named=False,
    ),
    "KubeAdmissionControlConfig": Kind(fields(configuration=FREE)),
    "KubeAggregatorCAConfig": Kind(_AUTHORITY, named=False),
    "KubeAuditPolicyConfig": Kind(fields(configuration=_REPLACED), named=False),
    "KubeAuthenticationConfig": Kind(fields(configuration=_REPLACED), named=False),
    "KubeAuthorizerConfig": Kind(fields(type=TEXT, webhook=FREE)),
    "KubeControllerManagerConfig": Kind(
        fields(enabled=FLAG, image=TEXT, extraArgs=_ARGS, env=_ENV, resources=_RESOURCES), named=False
    ),
    "KubeCoreDNSConfig": Kind(fields(enabled=FLAG, image=TEXT), named=False),
    "KubeEtcdEncryptionConfig": Kind(fields(config=Free(secret=True)), named=False),
    "KubeFlannelCNIConfig": Kind(
        fields(
            backendType=TEXT,
            backendPort=NUMBER,
            backendMTU=NUMBER,
            backendExtraConfig=FREE,
            resources=_RESOURCES,
            extraArgs=TEXTS,
            kubeNetworkPoliciesEnabled=FLAG,
        ),
        named=False,
    ),
    "KubeProxyConfig": Kind(
        fields(enabled=FLAG, image=TEXT, mode=TEXT, config=FREE, extraArgs=_ARGS, resources=_RESOURCES), named=False
    ),
    "KubeSchedulerConfig": Kind(
        fields(enabled=FLAG, image=TEXT, config=FREE, extraArgs=_ARGS, env=_ENV, resources=_RESOURCES), named=False
    ),
    "KubeServiceAccountConfig": Kind(
        fields(
            issuer=fields(privateKey=SECRET, issuerURL=TEXT),
            accepted=fields(publicKeys=TEXTS, issuers=TEXTS, audiences=TEXTS),
        ),
        named=False,
    ),
    "KubeTalosAPIAccessConfig": Kind(fields(allowedRoles=TEXTS, allowedKubernetesNamespaces=TEXTS), named=False),
}

KUBERNETES: dict[str, Kind] = {**_EVERYWHERE, **_CONTROL_PLANE}

# A worker may hold none of these (ControlplaneOnlyDocument); the addresses are shared among API servers.
CONTROL_PLANE_ONLY = ("Layer2VIPConfig", "HCloudVIPConfig", *_CONTROL_PLANE)
