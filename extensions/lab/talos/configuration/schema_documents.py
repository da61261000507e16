# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the configuration documents besides ``v1alpha1``, contract 1.13 (facts of pkg/machinery/config/types/**).

Written as in `schema_v1alpha1`. ``DOCUMENTS`` has the kinds, all of apiVersion v1alpha1; ``NAMED`` those of which there
may be several, told apart by ``name``.
"""

from __future__ import annotations

DOCUMENTS: dict[str, str] = {
    "BlackholeRouteConfig": "int metric, str name",
    "BondConfig": (
        "int adActorSysPrio, text adLACPActive, text adSelect, int adUserPortKey, *NetAddressConfig addresses, "
        "int allSlavesActive, text arpAllTargets, int arpInterval, *text arpIpTargets, text arpValidate, "
        "text bondMode, int downdelay, text failOverMac, text hardwareAddr, text lacpRate, *str links, "
        "int lpInterval, int miimon, int minLinks, int missedMax, int mtu, bool multicast, str name, "
        "*text nsIp6Targets, int numPeerNotif, int packetsPerSlave, int peerNotifDelay, text primaryReselect, "
        "int resendIGMP, *NetRouteConfig routes, int tlbLogicalLb, bool up, int updelay, bool useCarrier, "
        "text xmitHashPolicy"
    ),
    "BridgeConfig": (
        "*NetAddressConfig addresses, text hardwareAddr, *str links, int mtu, bool multicast, str name, "
        "*NetRouteConfig routes, NetBridgeSTPConfig stp, bool up, NetBridgeVLANConfig vlan"
    ),
    "DHCPv4Config": "text clientIdentifier, text duidRaw, bool ignoreHostname, str name, int routeMetric",
    "DHCPv6Config": "text clientIdentifier, text duidRaw, bool ignoreHostname, str name, int routeMetric",
    "DummyLinkConfig": (
        "*NetAddressConfig addresses, text hardwareAddr, int mtu, bool multicast, str name, "
        "*NetRouteConfig routes, bool up"
    ),
    "EnvironmentConfig": "%str variables",
    "EthernetConfig": (
        "NetEthernetChannelsConfig channels, %bool features, str name, NetEthernetRingsConfig rings, *text wakeOnLan"
    ),
    "EventSinkConfig": "str endpoint",
    "ExistingVolumeConfig": "BlockVolumeDiscoverySpec discovery, BlockExistingMountSpec mount, str name",
    "ExtensionServiceConfig": "*ConfigFile configFiles, *str environment, str name",
    "ExternalVolumeConfig": "text filesystemType, BlockExternalMountSpec mount, str name",
    "HCloudVIPConfig": "str apiToken, str link, str name",
    "HostnameConfig": "text auto, str hostname",
    "ImageVerificationConfig": "*ImageVerificationRule rules",
    "KmsgLogConfig": "str name, url url",
    "KubeSpanConfig": (
        "bool advertiseKubernetesNetworks, bool allowDownPeerBypass, bool enabled, "
        "NetKubeSpanFiltersConfig filters, bool harvestExtraEndpoints, int mtu"
    ),
    "KubeSpanEndpointsConfig": "*text extraAnnouncedEndpoints",
    "Layer2VIPConfig": "str link, str name",
    "LinkAliasConfig": "str name, NetLinkSelector selector",
    "LinkConfig": "*NetAddressConfig addresses, int mtu, bool multicast, str name, *NetRouteConfig routes, bool up",
    "NetworkDefaultActionConfig": "text ingress",
    "NetworkRuleConfig": "*NetIngressRule ingress, str name, NetRulePortSelector portSelector",
    "OOMConfig": "text cgroupRankingExpression, duration sampleInterval, text triggerExpression",
    "PCIDriverRebindConfig": "str name, str targetDriver",
    "RawVolumeConfig": "BlockEncryptionSpec encryption, str name, BlockProvisioningSpec provisioning",
    "RegistryAuthConfig": "str auth, str identityToken, str name, str password, str username",
    "RegistryMirrorConfig": "*CriRegistryEndpoint endpoints, str name, bool skipFallback",
    "RegistryTLSConfig": "str ca, CertificateAndKey clientIdentity, bool insecureSkipVerify, str name",
    "ResolverConfig": "*NetNameserverConfig nameservers, NetSearchDomainsConfig searchDomains",
    "RoutingRuleConfig": (
        "text action, text dst, int fwMark, int fwMask, str iifName, str name, str oifName, text src, text table"
    ),
    "SideroLinkConfig": "url apiUrl, str uniqueToken",
    "StaticHostConfig": "*str hostnames, str name",
    "SwapVolumeConfig": "BlockEncryptionSpec encryption, str name, BlockProvisioningSpec provisioning",
    "TCPProbeConfig": "str endpoint, int failureThreshold, duration interval, str name, duration timeout",
    "TimeSyncConfig": "duration bootTimeout, bool enabled, NetNTPConfig ntp, NetPTPConfig ptp",
    "TrustedRootsConfig": "str certificates, str name",
    "UserVolumeConfig": (
        "BlockEncryptionSpec encryption, BlockFilesystemSpec filesystem, BlockUserMountSpec mount, str name, "
        "BlockProvisioningSpec provisioning, text volumeType"
    ),
    "VLANConfig": (
        "*NetAddressConfig addresses, int mtu, bool multicast, str name, str parent, *NetRouteConfig routes, "
        "bool up, int vlanID, text vlanMode"
    ),
    "VRFConfig": (
        "*NetAddressConfig addresses, text hardwareAddr, *str links, int mtu, bool multicast, str name, "
        "*NetRouteConfig routes, text table, bool up"
    ),
    "VolumeConfig": (
        "BlockEncryptionSpec encryption, BlockMountSpec mount, str name, BlockProvisioningSpec provisioning"
    ),
    "WatchdogTimerConfig": "str device, duration timeout",
    "WireguardConfig": (
        "*NetAddressConfig addresses, int firewallMark, int listenPort, int mtu, bool multicast, str name, "
        "*NetWireguardPeer peers, str privateKey, *NetRouteConfig routes, bool up"
    ),
    "ZswapConfig": "int maxPoolPercent, bool shrinkerEnabled",
}

NAMED = frozenset(
    (
        "BlackholeRouteConfig BondConfig BridgeConfig DHCPv4Config DHCPv6Config DummyLinkConfig EthernetConfig "
        "ExistingVolumeConfig ExtensionServiceConfig ExternalVolumeConfig HCloudVIPConfig KmsgLogConfig "
        "Layer2VIPConfig LinkAliasConfig LinkConfig NetworkRuleConfig PCIDriverRebindConfig RawVolumeConfig "
        "RegistryAuthConfig RegistryMirrorConfig RegistryTLSConfig RoutingRuleConfig StaticHostConfig "
        "SwapVolumeConfig TCPProbeConfig TrustedRootsConfig UserVolumeConfig VLANConfig VRFConfig VolumeConfig "
        "WireguardConfig "
    ).split()
)

TYPES: dict[str, str] = {
    "BlockDiskSelector": "text match",
    "BlockEncryptionKey": (
        "BlockEncryptionKeyKMS kms, bool lockToState, BlockEncryptionKeyNodeID nodeID, int slot, "
        "BlockEncryptionKeyStatic static, BlockEncryptionKeyTPM tpm"
    ),
    "BlockEncryptionKeyKMS": "str endpoint",
    "BlockEncryptionKeyNodeID": "",
    "BlockEncryptionKeyStatic": "str passphrase",
    "BlockEncryptionKeyTPM": "bool checkSecurebootStatusOnEnroll, BlockEncryptionKeyTPMOptions options",
    "BlockEncryptionKeyTPMOptions": "*int pcrs",
    "BlockEncryptionSpec": (
        "int blockSize, str cipher, int keySize, *BlockEncryptionKey keys, *str options, text provider"
    ),
    "BlockExistingMountSpec": "bool disableAccessTime, bool readOnly, bool secure",
    "BlockExternalMountSpec": "bool disableAccessTime, bool readOnly, bool secure, BlockVirtiofsMountSpec virtiofs",
    "BlockFilesystemSpec": "bool projectQuotaSupport, text type",
    "BlockMountSpec": "bool secure",
    "BlockProvisioningSpec": "BlockDiskSelector diskSelector, bool grow, text maxSize, text minSize",
    "BlockUserMountSpec": "bool disableAccessTime, bool secure",
    "BlockVirtiofsMountSpec": "str tag",
    "BlockVolumeDiscoverySpec": "BlockVolumeSelector volumeSelector",
    "BlockVolumeSelector": "text match",
    "CriRegistryEndpoint": "bool overridePath, url url",
    "ConfigFile": "str content, str mountPath",
    "CertificateAndKey": "str cert, str key",
    "NetAddressConfig": "prefix address, int routePriority",
    "NetBridgeSTPConfig": "bool enabled",
    "NetBridgeVLANConfig": "bool filtering",
    "NetEthernetChannelsConfig": "int combined, int other, int rx, int tx",
    "NetEthernetRingsConfig": (
        "int cqe-size, int rx, int rx-buf-len, int rx-jumbo, int rx-mini, bool rx-push, bool tcp-data-split, "
        "int tx, bool tx-push, int tx-push-buf-len"
    ),
    "NetIngressRule": "prefix except, prefix subnet",
    "NetKubeSpanFiltersConfig": "*str endpoints, *text excludeAdvertisedNetworks",
    "NetLinkSelector": "text match",
    "NetNTPConfig": "*str servers",
    "NetNameserverConfig": "ip address",
    "NetPTPConfig": "*str devices",
    "NetRouteConfig": "prefix destination, ip gateway, int metric, int mtu, ip source, text table",
    "NetRulePortSelector": "*any ports, text protocol",
    "NetSearchDomainsConfig": "bool disableDefault, *str domains",
    "NetWireguardPeer": (
        "*text allowedIPs, text endpoint, duration persistentKeepaliveInterval, str presharedKey, str publicKey"
    ),
    "ImageKeylessVerifier": "str issuer, str subject, str subjectRegex",
    "ImagePublicKeyVerifier": "str certificate",
    "ImageVerificationRule": (
        "bool deny, str image, ImageKeylessVerifier keyless, ImagePublicKeyVerifier publicKey, bool skip"
    ),
}
