# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which contract brought which kinds and keys; what is not named here is older than the oldest contract.

Source: pkg/machinery/config/types of siderolabs/talos at release-1.10 … release-1.14, compared type by type.
"""

from __future__ import annotations

from ...core.path import Path
from ...core.path import parse as path_of
from .contract import Minor

_KINDS = {
    Minor(1, 11): "ExistingVolumeConfig RawVolumeConfig SwapVolumeConfig ZswapConfig",
    Minor(1, 12): (
        "BondConfig BridgeConfig DHCPv4Config DHCPv6Config DummyLinkConfig HCloudVIPConfig HostnameConfig "
        "Layer2VIPConfig LinkAliasConfig LinkConfig OOMConfig RegistryAuthConfig RegistryMirrorConfig "
        "RegistryTLSConfig ResolverConfig StaticHostConfig TimeSyncConfig VLANConfig WireguardConfig"
    ),
    Minor(1, 13): (
        "BlackholeRouteConfig EnvironmentConfig ExternalVolumeConfig ImageVerificationConfig KubeSpanConfig "
        "RoutingRuleConfig TCPProbeConfig VRFConfig"
    ),
    Minor(1, 14): (
        "BGPInstanceConfig CRIBaseRuntimeSpecConfig CRICustomizationConfig ContainerConfig DiscoveryIdentityConfig "
        "DiscoveryServiceConfig EtcFileConfig FilesystemScrubConfig FilesystemTrimConfig HTTPProbeConfig "
        "ImageCacheConfig KernelModuleConfig KubeAPIServerCAConfig KubeAPIServerConfig KubeAdmissionControlConfig "
        "KubeAggregatorCAConfig KubeAuditPolicyConfig KubeAuthenticationConfig KubeAuthorizerConfig KubeClusterConfig "
        "KubeControllerManagerConfig KubeCoreDNSConfig KubeCredentialProviderConfig KubeEtcdEncryptionConfig "
        "KubeExternalManifestConfig KubeFlannelCNIConfig KubeInlineManifestConfig KubeNetworkConfig KubeNodeConfig "
        "KubePrismConfig KubeProxyConfig KubeSchedulerConfig KubeServiceAccountConfig KubeStaticPodConfig "
        "KubeTalosAPIAccessConfig KubeletConfig LVMLogicalVolumeConfig LVMVolumeGroupConfig RAIDArrayConfig "
        "SecurityProfileConfig SysctlConfig SysfsConfig UdevRulesConfig UnattendedInstallConfig VethConfig"
    ),
}
_KEYS = {
    Minor(1, 11): (
        "VolumeConfig.encryption UserVolumeConfig.filesystem.projectQuotaSupport "
        "UserVolumeConfig.encryption.keys[*].lockToState"
    ),
    Minor(1, 12): (
        "v1alpha1.machine.network.kubespan.filters.excludeAdvertisedNetworks "
        "v1alpha1.machine.install.grubUseUKICmdline "
        "EthernetConfig.wakeOnLan RawVolumeConfig.encryption.keys[*].tpm.options "
        "SwapVolumeConfig.encryption.keys[*].tpm.options UserVolumeConfig.encryption.keys[*].tpm.options "
        "VolumeConfig.encryption.keys[*].tpm.options UserVolumeConfig.volumeType"
    ),
    Minor(1, 13): (
        "v1alpha1.cluster.network.cni.flannel.kubeNetworkPoliciesEnabled ExistingVolumeConfig.mount.disableAccessTime "
        "ExistingVolumeConfig.mount.secure VolumeConfig.mount UserVolumeConfig.mount"
    ),
    Minor(1, 14): (
        "DHCPv4Config.ignoreRoutes ResolverConfig.hostDNS ResolverConfig.nameservers[*].protocol "
        "ResolverConfig.nameservers[*].tlsServerName TimeSyncConfig.ntp.useNTS ExistingVolumeConfig.trim "
        "ExistingVolumeConfig.scrub UserVolumeConfig.trim UserVolumeConfig.scrub UserVolumeConfig.filesystem.xfs "
        "VolumeConfig.trim VolumeConfig.scrub VolumeConfig.filesystem VolumeConfig.mount.disableAccessTime "
        "RawVolumeConfig.encryption.allowDiscards SwapVolumeConfig.encryption.allowDiscards "
        "UserVolumeConfig.encryption.allowDiscards VolumeConfig.encryption.allowDiscards"
    ),
}
_OF_KIND = {kind: minor for minor, kinds in _KINDS.items() for kind in kinds.split()}
_OF_KEY = {path_of(key): minor for minor, keys in _KEYS.items() for key in keys.split()}


def kind_since(kind: str) -> Minor | None:
    """The first contract with documents of the kind; None for what always was."""
    return _OF_KIND.get(kind)


def key_since(kind: str, path: Path) -> Minor | None:
    """The first contract with the key at ``path`` in documents of the kind; None for what always was."""
    return _OF_KEY.get((kind, *("*" if isinstance(step, int) else step for step in path)))
