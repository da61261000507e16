# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the ``v1alpha1`` document of contract 1.13 (facts of pkg/machinery/config/types/v1alpha1).

A type is written as its fields, ``type name``: ``*`` before a list, ``%`` before a map from strings, another type's
name, or one of the scalars of `schema`.
"""

from __future__ import annotations

TYPES: dict[str, str] = {
    "Config": "ClusterConfig cluster, bool debug, MachineConfig machine, bool persist, str version",
    "APIServerConfig": (
        "*AdmissionPluginConfig admissionControl, object auditPolicy, "
        "*AuthorizationConfigAuthorizerConfig authorizationConfig, *str certSANs, bool disablePodSecurityPolicy, "
        "%str env, %arg extraArgs, *VolumeMountConfig extraVolumes, str image, ResourcesConfig resources"
    ),
    "AdminKubeconfigConfig": "duration certLifetime",
    "AdmissionPluginConfig": "object configuration, str name",
    "AuthorizationConfigAuthorizerConfig": "str name, str type, object webhook",
    "Bond": (
        "int adActorSysPrio, str adActorSystem, str adSelect, int adUserPortKey, int allSlavesActive, "
        "str arpAllTargets, *str arpIPTarget, int arpInterval, str arpValidate, "
        "*NetworkDeviceSelector deviceSelectors, int downdelay, str failOverMac, *str interfaces, str lacpRate, "
        "int lpInterval, int miimon, int minLinks, str mode, int numPeerNotif, int packetsPerSlave, "
        "int peerNotifyDelay, str primary, str primaryReselect, int resendIgmp, int tlbDynamicLb, int updelay, "
        "bool useCarrier, str xmitHashPolicy"
    ),
    "Bridge": "*str interfaces, STP stp, BridgeVLAN vlan",
    "BridgePort": "str master",
    "BridgeVLAN": "bool vlanFiltering",
    "CNIConfig": "FlannelCNIConfig flannel, str name, *str urls",
    "ClusterConfig": (
        "*PEMCertificate acceptedCAs, AdminKubeconfigConfig adminKubeconfig, str aescbcEncryptionSecret, "
        "PEMPair aggregatorCA, bool allowSchedulingOnControlPlanes, bool allowSchedulingOnMasters, "
        "APIServerConfig apiServer, PEMPair ca, str clusterName, ControlPlaneConfig controlPlane, "
        "ControllerManagerConfig controllerManager, CoreDNS coreDNS, ClusterDiscoveryConfig discovery, "
        "EtcdConfig etcd, ExternalCloudProviderConfig externalCloudProvider, %str extraManifestHeaders, "
        "*str extraManifests, str id, *InlineManifest inlineManifests, ClusterNetworkConfig network, "
        "ProxyConfig proxy, SchedulerConfig scheduler, str secret, str secretboxEncryptionSecret, "
        "PEMKey serviceAccount, str token"
    ),
    "ClusterDiscoveryConfig": "bool enabled, DiscoveryRegistriesConfig registries",
    "ClusterNetworkConfig": "CNIConfig cni, str dnsDomain, *str podSubnets, *str serviceSubnets",
    "ControlPlaneConfig": "url endpoint, int localAPIServerPort",
    "ControllerManagerConfig": (
        "%str env, %arg extraArgs, *VolumeMountConfig extraVolumes, str image, ResourcesConfig resources"
    ),
    "CoreDNS": "bool disabled, str image",
    "DHCPOptions": "str duidv6, bool ipv4, bool ipv6, int routeMetric",
    "Device": (
        "*str addresses, Bond bond, Bridge bridge, BridgePort bridgePort, str cidr, "
        "NetworkDeviceSelector deviceSelector, bool dhcp, DHCPOptions dhcpOptions, bool dummy, bool ignore, "
        "str interface, int mtu, *Route routes, DeviceVIPConfig vip, *Vlan vlans, DeviceWireguardConfig wireguard"
    ),
    "DeviceVIPConfig": "VIPEquinixMetalConfig equinixMetal, VIPHCloudConfig hcloud, str ip",
    "DeviceWireguardConfig": "int firewallMark, int listenPort, *DeviceWireguardPeer peers, str privateKey",
    "DeviceWireguardPeer": "*str allowedIPs, str endpoint, duration persistentKeepaliveInterval, str publicKey",
    "DiscoveryRegistriesConfig": "RegistryKubernetesConfig kubernetes, RegistryServiceConfig service",
    "DiskPartition": "str mountpoint, text size",
    "EncryptionConfig": "int blockSize, str cipher, int keySize, *EncryptionKey keys, *str options, str provider",
    "EncryptionKey": (
        "EncryptionKeyKMS kms, EncryptionKeyNodeID nodeID, int slot, EncryptionKeyStatic static, EncryptionKeyTPM tpm"
    ),
    "EncryptionKeyKMS": "str endpoint",
    "EncryptionKeyNodeID": "",
    "EncryptionKeyStatic": "str passphrase",
    "EncryptionKeyTPM": "bool checkSecurebootStatusOnEnroll",
    "EtcdConfig": "*str advertisedSubnets, PEMPair ca, %arg extraArgs, str image, *str listenSubnets, str subnet",
    "ExternalCloudProviderConfig": "bool enabled, *str manifests",
    "ExtraHost": "*str aliases, str ip",
    "ExtraMount": (
        "str destination, *LinuxIDMapping gidMappings, *str options, str source, str type, *LinuxIDMapping uidMappings"
    ),
    "FeaturesConfig": (
        "bool apidCheckExtKeyUsage, bool diskQuotaSupport, HostDNSConfig hostDNS, ImageCacheConfig imageCache, "
        "KubePrism kubePrism, KubernetesTalosAPIAccessConfig kubernetesTalosAPIAccess, "
        "str nodeAddressSortAlgorithm, bool rbac, bool stableHostname"
    ),
    "FlannelCNIConfig": "*str extraArgs, bool kubeNetworkPoliciesEnabled",
    "HostDNSConfig": "bool enabled, bool forwardKubeDNSToHost, bool resolveMemberNames",
    "ImageCacheConfig": "bool localEnabled",
    "InstallConfig": (
        "bool bootloader, str disk, InstallDiskSelector diskSelector, *InstallExtensionConfig extensions, "
        "*str extraKernelArgs, bool grubUseUKICmdline, str image, bool legacyBIOSSupport, bool wipe"
    ),
    "InstallDiskSelector": (
        "str busPath, str modalias, str model, str name, str serial, text size, str type, str uuid, str wwid"
    ),
    "InstallExtensionConfig": "str image",
    "KernelConfig": "*KernelModuleConfig modules",
    "KernelModuleConfig": "str name, *str parameters",
    "KubePrism": "bool enabled, int port",
    "KubeSpanFilters": "*str endpoints, *str excludeAdvertisedNetworks",
    "KubeletConfig": (
        "*str clusterDNS, object credentialProviderConfig, bool defaultRuntimeSeccompProfileEnabled, "
        "bool disableManifestsDirectory, %arg extraArgs, object extraConfig, *ExtraMount extraMounts, str image, "
        "KubeletNodeIPConfig nodeIP, bool registerWithFQDN, bool skipNodeRegistration"
    ),
    "KubeletNodeIPConfig": "*str validSubnets",
    "KubernetesTalosAPIAccessConfig": "*str allowedKubernetesNamespaces, *str allowedRoles, bool enabled",
    "LinuxIDMapping": "int containerID, int hostID, int size",
    "LoggingConfig": "*LoggingDestination destinations",
    "LoggingDestination": "url endpoint, %str extraTags, str format",
    "MachineConfig": (
        "*PEMCertificate acceptedCAs, object baseRuntimeSpecOverrides, PEMPair ca, *str certSANs, "
        "MachineControlPlaneConfig controlPlane, *MachineDisk disks, %str env, FeaturesConfig features, "
        "*MachineFile files, InstallConfig install, KernelConfig kernel, KubeletConfig kubelet, "
        "LoggingConfig logging, NetworkConfig network, %str nodeAnnotations, %str nodeLabels, %str nodeTaints, "
        "*object pods, RegistriesConfig registries, *MachineSeccompProfile seccompProfiles, %str sysctls, "
        "%str sysfs, SystemDiskEncryptionConfig systemDiskEncryption, TimeConfig time, str token, str type, "
        "UdevConfig udev"
    ),
    "MachineControlPlaneConfig": "MachineControllerManagerConfig controllerManager, MachineSchedulerConfig scheduler",
    "MachineControllerManagerConfig": "bool disabled",
    "MachineDisk": "str device, *DiskPartition partitions",
    "MachineFile": "str content, str op, str path, int permissions",
    "MachineSchedulerConfig": "bool disabled",
    "MachineSeccompProfile": "str name, object value",
    "NetworkConfig": (
        "bool disableSearchDomain, *ExtraHost extraHostEntries, str hostname, *Device interfaces, "
        "NetworkKubeSpan kubespan, *str nameservers, *str searchDomains"
    ),
    "NetworkDeviceSelector": "str busPath, str driver, str hardwareAddr, str pciID, str permanentAddr, bool physical",
    "NetworkKubeSpan": (
        "bool advertiseKubernetesNetworks, bool allowDownPeerBypass, bool enabled, KubeSpanFilters filters, "
        "bool harvestExtraEndpoints, int mtu"
    ),
    "ProxyConfig": "bool disabled, %arg extraArgs, str image, str mode",
    "RegistriesConfig": "%RegistryConfig config, %RegistryMirrorConfig mirrors",
    "RegistryAuthConfig": "str auth, str identityToken, str password, str username",
    "RegistryConfig": "RegistryAuthConfig auth, RegistryTLSConfig tls",
    "RegistryKubernetesConfig": "bool disabled",
    "RegistryMirrorConfig": "*str endpoints, bool overridePath, bool skipFallback",
    "RegistryServiceConfig": "bool disabled, str endpoint",
    "RegistryTLSConfig": "text ca, PEMPair clientIdentity, bool insecureSkipVerify",
    "ResourcesConfig": "object limits, object requests",
    "Route": "str gateway, int metric, int mtu, str network, str source",
    "STP": "bool enabled",
    "SchedulerConfig": (
        "object config, %str env, %arg extraArgs, *VolumeMountConfig extraVolumes, str image, ResourcesConfig resources"
    ),
    "SystemDiskEncryptionConfig": "EncryptionConfig ephemeral, EncryptionConfig state",
    "TimeConfig": "duration bootTimeout, bool disabled, *str servers",
    "UdevConfig": "*str rules",
    "VIPEquinixMetalConfig": "str apiToken",
    "VIPHCloudConfig": "str apiToken",
    "Vlan": (
        "*str addresses, str cidr, bool dhcp, DHCPOptions dhcpOptions, int mtu, *Route routes, "
        "DeviceVIPConfig vip, int vlanId"
    ),
    "VolumeMountConfig": "str hostPath, str mountPath, bool readonly",
    "PEMPair": "base64 crt, base64 key",
    "PEMCertificate": "base64 crt",
    "PEMKey": "base64 key",
    "InlineManifest": "str name, str contents",
}
