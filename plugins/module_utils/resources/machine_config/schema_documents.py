# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other documents (apiVersion v1alpha1 and a kind) of contracts up to 1.14, with every key that any of them has.

Which contract brought what: `since`. The documents that took over the cluster's part of the main one in 1.14 are in
`schema_kubernetes`. Source: pkg/machinery/config/types of siderolabs/talos, one registration a kind.
"""

from __future__ import annotations

from .schema_kubernetes import KUBERNETES
from .shape import COUNT, FLAG, NUMBER, SECRET, TEXT, TEXT_MAP, TEXTS, Entries, Fields, Free, Items, Kind, Shape, fields

_LINK: dict[str, Shape] = {
    "up": FLAG,
    "mtu": NUMBER,
    "addresses": Items(fields(address=TEXT, routePriority=COUNT)),
    "routes": Items(fields(destination=TEXT, gateway=TEXT, source=TEXT, metric=NUMBER, mtu=NUMBER, table=TEXT)),
    "multicast": FLAG,
}
_BOND_TEXTS = (
    "bondMode xmitHashPolicy arpValidate arpAllTargets lacpRate failOverMac adSelect adLACPActive primaryReselect"
)
_BOND_COUNTS = (
    "miimon updelay downdelay arpInterval adActorSysPrio adUserPortKey resendIGMP minLinks lpInterval packetsPerSlave "
    "numPeerNotif tlbLogicalLb allSlavesActive peerNotifDelay missedMax"
)
_MATCH = fields(match=TEXT)
_PROVISIONING = fields(diskSelector=_MATCH, grow=FLAG, minSize=TEXT, maxSize=TEXT)
_ENCRYPTION = fields(
    provider=TEXT,
    keys=Items(
        fields(
            slot=NUMBER,
            static=fields(passphrase=SECRET),
            nodeID=fields(),
            kms=fields(endpoint=TEXT),
            tpm=fields(options=fields(pcrs=Items(NUMBER)), checkSecurebootStatusOnEnroll=FLAG),
            lockToState=FLAG,
        )
    ),
    cipher=TEXT,
    keySize=NUMBER,
    blockSize=NUMBER,
    options=TEXTS,
    allowDiscards=FLAG,
)
_TRIM = fields(enabled=FLAG, interval=TEXT)
_XFS = fields(minAllocationGroupSize=TEXT)
_MOUNT = {"disableAccessTime": FLAG, "secure": FLAG}
_DHCP = fields(routeMetric=NUMBER, ignoreHostname=FLAG, clientIdentifier=TEXT, duidRaw=TEXT)
_RINGS = Fields(
    {
        **dict.fromkeys(("rx", "tx", "rx-mini", "rx-jumbo", "rx-buf-len", "cqe-size", "tx-push-buf-len"), COUNT),
        **dict.fromkeys(("tx-push", "rx-push", "tcp-data-split"), FLAG),
    }
)

_LINKS: dict[str, Kind] = {
    "LinkConfig": Kind(Fields(_LINK)),
    "DummyLinkConfig": Kind(Fields({"hardwareAddr": TEXT, **_LINK})),
    "BondConfig": Kind(
        Fields(
            {
                "hardwareAddr": TEXT,
                "links": TEXTS,
                "arpIpTargets": TEXTS,
                "nsIp6Targets": TEXTS,
                "useCarrier": FLAG,
                **dict.fromkeys(_BOND_TEXTS.split(), TEXT),
                **dict.fromkeys(_BOND_COUNTS.split(), COUNT),
                **_LINK,
            }
        )
    ),
    "BridgeConfig": Kind(
        Fields(
            {
                "hardwareAddr": TEXT,
                "links": TEXTS,
                "stp": fields(enabled=FLAG),
                "vlan": fields(filtering=FLAG),
                **_LINK,
            }
        )
    ),
    "VLANConfig": Kind(Fields({"vlanID": NUMBER, "vlanMode": TEXT, "parent": TEXT, **_LINK})),
    "VRFConfig": Kind(Fields({"hardwareAddr": TEXT, "links": TEXTS, "table": TEXT, **_LINK})),
    "WireguardConfig": Kind(
        Fields(
            {
                "privateKey": SECRET,
                "listenPort": NUMBER,
                "firewallMark": NUMBER,
                "peers": Items(
                    fields(
                        publicKey=TEXT,
                        presharedKey=SECRET,
                        endpoint=TEXT,
                        persistentKeepaliveInterval=TEXT,
                        allowedIPs=TEXTS,
                    )
                ),
                **_LINK,
            }
        )
    ),
    "LinkAliasConfig": Kind(fields(selector=_MATCH)),
    "EthernetConfig": Kind(
        fields(
            features=Entries(FLAG),
            rings=_RINGS,
            channels=fields(rx=COUNT, tx=COUNT, other=COUNT, combined=COUNT),
            wakeOnLan=TEXTS,
        )
    ),
}

_LINKS["VethConfig"] = Kind(Fields({"peer": Fields({"name": TEXT, **_LINK}), **_LINK}))

_BGP_NEIGHBOR = fields(
    address=TEXT,
    link=TEXT,
    peerASN=NUMBER,
    localASN=NUMBER,
    passive=FLAG,
    holdTime=TEXT,
    bfd=fields(transmitInterval=TEXT, receiveInterval=TEXT, detectMultiplier=NUMBER),
)
_NETWORK: dict[str, Kind] = {
    "BGPInstanceConfig": Kind(
        fields(
            vrf=TEXT,
            localASN=NUMBER,
            routerID=TEXT,
            routeSource=TEXT,
            advertise=Items(TEXT, replace=True),
            multipath=FLAG,
            maxPaths=NUMBER,
            installRoutes=FLAG,
            importRoutes=Items(fields(bgpInstance=TEXT, prefixes=TEXTS), replace=True),
            neighbors=Items(_BGP_NEIGHBOR, replace=True),
        )
    ),
    "HTTPProbeConfig": Kind(fields(interval=TEXT, failureThreshold=NUMBER, url=TEXT, timeout=TEXT)),
    "BlackholeRouteConfig": Kind(fields(metric=NUMBER)),
    "DHCPv4Config": Kind(Fields({**_DHCP.of, "ignoreRoutes": FLAG})),
    "DHCPv6Config": Kind(_DHCP),
    "HCloudVIPConfig": Kind(fields(link=TEXT, apiToken=SECRET)),
    "HostnameConfig": Kind(fields(auto=TEXT, hostname=TEXT), named=False),
    "KubeSpanConfig": Kind(
        fields(
            enabled=FLAG,
            advertiseKubernetesNetworks=FLAG,
            allowDownPeerBypass=FLAG,
            harvestExtraEndpoints=FLAG,
            mtu=COUNT,
            filters=fields(endpoints=TEXTS, excludeAdvertisedNetworks=TEXTS),
        ),
        named=False,
    ),
    "KubeSpanEndpointsConfig": Kind(fields(extraAnnouncedEndpoints=TEXTS), named=False),
    "Layer2VIPConfig": Kind(fields(link=TEXT)),
    "NetworkDefaultActionConfig": Kind(fields(ingress=TEXT), named=False),
    "NetworkRuleConfig": Kind(
        fields(
            portSelector=fields(ports=Items(TEXT, replace=True), protocol=TEXT),
            ingress=Items(Fields({"subnet": TEXT, "except": TEXT}), replace=True),
        )
    ),
    "ResolverConfig": Kind(
        fields(
            nameservers=Items(fields(address=TEXT, protocol=TEXT, tlsServerName=TEXT)),
            searchDomains=fields(domains=TEXTS, disableDefault=FLAG),
            hostDNS=fields(enabled=FLAG, forwardKubeDNSToHost=FLAG, resolveMemberNames=FLAG),
        ),
        named=False,
    ),
    "RoutingRuleConfig": Kind(
        fields(
            src=TEXT,
            dst=TEXT,
            table=TEXT,
            action=TEXT,
            iifName=TEXT,
            oifName=TEXT,
            fwMark=NUMBER,
            fwMask=NUMBER,
        )
    ),
    "StaticHostConfig": Kind(fields(hostnames=TEXTS)),
    "TCPProbeConfig": Kind(fields(interval=TEXT, failureThreshold=NUMBER, endpoint=TEXT, timeout=TEXT)),
    "TimeSyncConfig": Kind(
        fields(enabled=FLAG, bootTimeout=TEXT, ntp=fields(servers=TEXTS, useNTS=FLAG), ptp=fields(devices=TEXTS)),
        named=False,
    ),
}

_SELECTED = fields(volumeSelector=_MATCH)
_STORAGE: dict[str, Kind] = {
    "FilesystemScrubConfig": Kind(fields(interval=TEXT), named=False),
    "FilesystemTrimConfig": Kind(fields(interval=TEXT), named=False),
    "LVMLogicalVolumeConfig": Kind(
        fields(
            type=TEXT,
            mirrors=COUNT,
            stripes=COUNT,
            provisioning=fields(volumeGroup=TEXT, minSize=TEXT, maxSize=TEXT),
        )
    ),
    "LVMVolumeGroupConfig": Kind(fields(provisioning=_SELECTED)),
    "RAIDArrayConfig": Kind(fields(level=TEXT, metadata=TEXT, provisioning=_SELECTED)),
    "ExistingVolumeConfig": Kind(
        fields(
            discovery=fields(volumeSelector=_MATCH),
            mount=Fields({"readOnly": FLAG, **_MOUNT}),
            trim=_TRIM,
            scrub=_TRIM,
        )
    ),
    "ExternalVolumeConfig": Kind(
        fields(filesystemType=TEXT, mount=Fields({"readOnly": FLAG, **_MOUNT, "virtiofs": fields(tag=TEXT)}))
    ),
    "RawVolumeConfig": Kind(fields(provisioning=_PROVISIONING, encryption=_ENCRYPTION)),
    "SwapVolumeConfig": Kind(fields(provisioning=_PROVISIONING, encryption=_ENCRYPTION)),
    "UserVolumeConfig": Kind(
        fields(
            volumeType=TEXT,
            provisioning=_PROVISIONING,
            filesystem=fields(type=TEXT, projectQuotaSupport=FLAG, xfs=_XFS),
            encryption=_ENCRYPTION,
            mount=Fields(_MOUNT),
            trim=_TRIM,
            scrub=_TRIM,
        )
    ),
    "VolumeConfig": Kind(
        fields(
            provisioning=_PROVISIONING,
            encryption=_ENCRYPTION,
            mount=Fields(_MOUNT),
            filesystem=fields(xfs=_XFS),
            trim=_TRIM,
            scrub=_TRIM,
        )
    ),
    "ZswapConfig": Kind(fields(maxPoolPercent=COUNT, shrinkerEnabled=FLAG), named=False),
}

_CONTAINER = fields(
    image=TEXT,
    entrypoint=TEXTS,
    args=TEXTS,
    workingDir=TEXT,
    runAs=fields(uid=COUNT, gid=COUNT),
    environment=Items(SECRET),
    mounts=Items(
        fields(
            userVolume=fields(name=TEXT, destination=TEXT, options=TEXTS),
            tmpfs=fields(destination=TEXT, size=TEXT, options=TEXTS),
            hostPath=fields(source=TEXT, destination=TEXT, options=TEXTS),
        )
    ),
    security=fields(profile=TEXT, capabilities=fields(add=TEXTS, drop=TEXTS)),
    network=fields(mode=TEXT),
    resources=fields(limits=fields(cpu=TEXT, memory=TEXT)),
    dependsOn=fields(paths=TEXTS, networks=TEXTS, time=FLAG, containers=TEXTS),
)
_SYSTEM: dict[str, Kind] = {
    "CRIBaseRuntimeSpecConfig": Kind(fields(overrides=Free(replace=True)), named=False),
    "CRICustomizationConfig": Kind(fields(content=SECRET)),
    "ContainerConfig": Kind(_CONTAINER),
    "DiscoveryIdentityConfig": Kind(fields(clusterID=SECRET, clusterSecret=SECRET), named=False),
    "DiscoveryServiceConfig": Kind(fields(endpoint=TEXT)),
    "EtcFileConfig": Kind(fields(mode=TEXT, contents=SECRET)),
    "ImageCacheConfig": Kind(fields(local=fields(enabled=FLAG)), named=False),
    "KernelModuleConfig": Kind(fields(parameters=TEXTS)),
    "SecurityProfileConfig": Kind(fields(workloadIsolation=FLAG), named=False),
    "SysctlConfig": Kind(fields(params=TEXT_MAP), named=False),
    "SysfsConfig": Kind(fields(params=TEXT_MAP), named=False),
    "UdevRulesConfig": Kind(fields(rules=TEXTS), named=False),
    "UnattendedInstallConfig": Kind(
        fields(
            reboot=FLAG,
            installer=fields(image=TEXT),
            provisioning=fields(diskSelector=_MATCH, wipe=FLAG),
        ),
        named=False,
    ),
    "EnvironmentConfig": Kind(fields(variables=Entries(SECRET)), named=False),
    "EventSinkConfig": Kind(fields(endpoint=TEXT), named=False),
    "ExtensionServiceConfig": Kind(
        fields(
            configFiles=Items(fields(content=SECRET, mountPath=TEXT), key=("mountPath",)),
            environment=Items(SECRET),
        )
    ),
    "ImageVerificationConfig": Kind(
        fields(
            rules=Items(
                fields(
                    image=TEXT,
                    skip=FLAG,
                    deny=FLAG,
                    keyless=fields(issuer=TEXT, subject=TEXT, subjectRegex=TEXT),
                    publicKey=fields(certificate=TEXT),
                ),
                key=("image",),
                whole=True,
            )
        ),
        named=False,
    ),
    "KmsgLogConfig": Kind(fields(url=TEXT)),
    "OOMConfig": Kind(
        fields(
            triggerExpression=TEXT,
            cgroupRankingExpression=TEXT,
            strictCgroupClassOrdering=FLAG,
            sampleInterval=TEXT,
        ),
        named=False,
    ),
    "PCIDriverRebindConfig": Kind(fields(targetDriver=TEXT)),
    "RegistryAuthConfig": Kind(fields(username=TEXT, password=SECRET, auth=SECRET, identityToken=SECRET)),
    "RegistryMirrorConfig": Kind(fields(endpoints=Items(fields(url=TEXT, overridePath=FLAG)), skipFallback=FLAG)),
    "RegistryTLSConfig": Kind(fields(clientIdentity=fields(cert=TEXT, key=SECRET), ca=TEXT, insecureSkipVerify=FLAG)),
    "SideroLinkConfig": Kind(fields(apiUrl=SECRET, uniqueToken=SECRET), named=False),
    "TrustedRootsConfig": Kind(fields(certificates=TEXT)),
    "WatchdogTimerConfig": Kind(fields(device=TEXT, timeout=TEXT), named=False),
}

KINDS: dict[str, Kind] = {**_LINKS, **_NETWORK, **_STORAGE, **_SYSTEM, **KUBERNETES}

# Kinds that claim a link; two of them may not bear one name (config/container of siderolabs/talos).
LINKS = tuple(kind for kind in _LINKS if kind not in ("LinkAliasConfig", "EthernetConfig"))
# Kinds of which one name may not be used by both.
EXCLUSIVE = (LINKS, ("UserVolumeConfig", "ExistingVolumeConfig"), ("Layer2VIPConfig", "HCloudVIPConfig"))

_HEAD: dict[str, Shape] = {"apiVersion": TEXT, "kind": TEXT}


def shape_of(kind: str) -> Fields | None:
    """The shape of a document of that kind with its head; None when no contract knows the kind."""
    found = KINDS.get(kind)
    if found is None:
        return None
    return Fields({**_HEAD, **({"name": TEXT} if found.named else {}), **found.shape.of})
