# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other documents (apiVersion v1alpha1 and a kind) that contract 1.13 knows.

Source: pkg/machinery/config/types of siderolabs/talos v1.13, one registration a kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from .shape import COUNT, FLAG, FREE, NUMBER, SECRET, TEXT, TEXTS, Entries, Fields, Items, Shape, fields


@dataclass(frozen=True)
class Kind:
    """A kind of document. ``named``: there may be several, told apart by their name."""

    shape: Fields
    named: bool = True


_LINK: dict[str, Shape] = {
    "up": FLAG,
    "mtu": NUMBER,
    "addresses": Items(fields(address=TEXT, routePriority=COUNT)),
    "routes": Items(fields(destination=TEXT, gateway=TEXT, source=TEXT, metric=NUMBER, mtu=NUMBER, table=FREE)),
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
_PROVISIONING = fields(diskSelector=_MATCH, grow=FLAG, minSize=FREE, maxSize=FREE)
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
)
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
    "VRFConfig": Kind(Fields({"hardwareAddr": TEXT, "links": TEXTS, "table": FREE, **_LINK})),
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

_NETWORK: dict[str, Kind] = {
    "BlackholeRouteConfig": Kind(fields(metric=NUMBER)),
    "DHCPv4Config": Kind(_DHCP),
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
            portSelector=fields(ports=Items(FREE, replace=True), protocol=TEXT),
            ingress=Items(Fields({"subnet": TEXT, "except": TEXT}), replace=True),
        )
    ),
    "ResolverConfig": Kind(
        fields(
            nameservers=Items(fields(address=TEXT)),
            searchDomains=fields(domains=TEXTS, disableDefault=FLAG),
        ),
        named=False,
    ),
    "RoutingRuleConfig": Kind(
        fields(
            src=TEXT,
            dst=TEXT,
            table=FREE,
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
        fields(enabled=FLAG, bootTimeout=TEXT, ntp=fields(servers=TEXTS), ptp=fields(devices=TEXTS)), named=False
    ),
}

_STORAGE: dict[str, Kind] = {
    "ExistingVolumeConfig": Kind(
        fields(discovery=fields(volumeSelector=_MATCH), mount=Fields({"readOnly": FLAG, **_MOUNT}))
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
            filesystem=fields(type=TEXT, projectQuotaSupport=FLAG),
            encryption=_ENCRYPTION,
            mount=Fields(_MOUNT),
        )
    ),
    "VolumeConfig": Kind(fields(provisioning=_PROVISIONING, encryption=_ENCRYPTION, mount=fields(secure=FLAG))),
    "ZswapConfig": Kind(fields(maxPoolPercent=COUNT, shrinkerEnabled=FLAG), named=False),
}

_SYSTEM: dict[str, Kind] = {
    "EnvironmentConfig": Kind(fields(variables=Entries(SECRET)), named=False),
    "EventSinkConfig": Kind(fields(endpoint=TEXT), named=False),
    "ExtensionServiceConfig": Kind(
        fields(
            configFiles=Items(fields(content=SECRET, mountPath=TEXT), key=("mountPath",), whole=True),
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

KINDS: dict[str, Kind] = {**_LINKS, **_NETWORK, **_STORAGE, **_SYSTEM}

# Kinds that claim a link; two of them may not bear one name (config/container of siderolabs/talos).
LINKS = tuple(kind for kind in _LINKS if kind not in ("LinkAliasConfig", "EthernetConfig"))
# A machine that is not a control-plane member may not hold these (they share an address among API servers).
CONTROL_PLANE_ONLY = ("Layer2VIPConfig", "HCloudVIPConfig")

_HEAD: dict[str, Shape] = {"apiVersion": TEXT, "kind": TEXT}


def shape_of(kind: str) -> Fields | None:
    """The shape of a document of that kind with its head; None when contract 1.13 does not know the kind."""
    found = KINDS.get(kind)
    if found is None:
        return None
    return Fields({**_HEAD, **({"name": TEXT} if found.named else {}), **found.shape.of})
