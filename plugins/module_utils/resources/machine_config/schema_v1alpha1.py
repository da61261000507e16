# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main document (version v1alpha1) as contract 1.13 knows it: every key, in the order of Talos' own types.

Source: pkg/machinery/config/types/v1alpha1/v1alpha1_types.go of siderolabs/talos v1.13; which lists a patch replaces or
merges by a key: the ``merge`` tags and ``Merge`` methods there.
"""

from __future__ import annotations

from .shape import COUNT, FLAG, FREE, NUMBER, SECRET, TEXT, TEXT_MAP, TEXTS, Entries, Fields, Free, Items, fields

_CA = fields(crt=TEXT, key=SECRET)
_ACCEPTED = Items(fields(crt=TEXT))
# A patch replaces an argument whole. The types allow lists of texts, but 1.13 cannot load them: its search for unknown
# keys fails with "unexpected type for yaml sequence: v1alpha1.ArgValue" (measured; siderolabs/gen xyaml).
_ARGS = Entries(TEXT, whole=True)
_ENV = Entries(SECRET)
_RESOURCES = fields(requests=FREE, limits=FREE)
_VOLUMES = Items(fields(hostPath=TEXT, mountPath=TEXT, readonly=FLAG))
_ID_MAPPINGS = Items(fields(containerID=NUMBER, hostID=NUMBER, size=NUMBER))

_KUBELET = fields(
    image=TEXT,
    clusterDNS=TEXTS,
    extraArgs=_ARGS,
    extraMounts=Items(
        fields(
            destination=TEXT,
            type=TEXT,
            source=TEXT,
            options=TEXTS,
            uidMappings=_ID_MAPPINGS,
            gidMappings=_ID_MAPPINGS,
        )
    ),
    extraConfig=FREE,
    credentialProviderConfig=FREE,
    defaultRuntimeSeccompProfileEnabled=FLAG,
    registerWithFQDN=FLAG,
    nodeIP=fields(validSubnets=TEXTS),
    skipNodeRegistration=FLAG,
    disableManifestsDirectory=FLAG,
)

_DHCP = fields(routeMetric=NUMBER, ipv4=FLAG, ipv6=FLAG, duidv6=TEXT)
_ROUTES = Items(fields(network=TEXT, gateway=TEXT, source=TEXT, metric=NUMBER, mtu=NUMBER))
_VIP = fields(ip=TEXT, equinixMetal=fields(apiToken=SECRET), hcloud=fields(apiToken=SECRET))
_SELECTOR = fields(busPath=TEXT, hardwareAddr=TEXT, permanentAddr=TEXT, pciID=TEXT, driver=TEXT, physical=FLAG)
_BOND = fields(
    interfaces=TEXTS,
    deviceSelectors=Items(_SELECTOR),
    arpIPTarget=TEXTS,
    mode=TEXT,
    xmitHashPolicy=TEXT,
    lacpRate=TEXT,
    adActorSystem=TEXT,
    arpValidate=TEXT,
    arpAllTargets=TEXT,
    primary=TEXT,
    primaryReselect=TEXT,
    failOverMac=TEXT,
    adSelect=TEXT,
    miimon=NUMBER,
    updelay=NUMBER,
    downdelay=NUMBER,
    arpInterval=NUMBER,
    resendIgmp=NUMBER,
    minLinks=NUMBER,
    lpInterval=NUMBER,
    packetsPerSlave=NUMBER,
    numPeerNotif=NUMBER,
    tlbDynamicLb=NUMBER,
    allSlavesActive=NUMBER,
    useCarrier=FLAG,
    adActorSysPrio=NUMBER,
    adUserPortKey=NUMBER,
    peerNotifyDelay=NUMBER,
)
_VLAN = fields(
    addresses=TEXTS,
    cidr=TEXT,
    routes=_ROUTES,
    dhcp=FLAG,
    vlanId=NUMBER,
    mtu=NUMBER,
    vip=_VIP,
    dhcpOptions=_DHCP,
)
_DEVICE = fields(
    interface=TEXT,
    deviceSelector=_SELECTOR,
    addresses=TEXTS,
    cidr=TEXT,
    routes=_ROUTES,
    bond=_BOND,
    bridge=fields(interfaces=TEXTS, stp=fields(enabled=FLAG), vlan=fields(vlanFiltering=FLAG)),
    bridgePort=fields(master=TEXT),
    vlans=Items(_VLAN, key=("vlanId",)),
    mtu=NUMBER,
    dhcp=FLAG,
    ignore=FLAG,
    dummy=FLAG,
    dhcpOptions=_DHCP,
    wireguard=fields(
        privateKey=SECRET,
        listenPort=NUMBER,
        firewallMark=NUMBER,
        peers=Items(fields(publicKey=TEXT, endpoint=TEXT, persistentKeepaliveInterval=TEXT, allowedIPs=TEXTS)),
    ),
    vip=_VIP,
)
_NETWORK = fields(
    hostname=TEXT,
    interfaces=Items(_DEVICE, key=("interface", "deviceSelector")),
    nameservers=TEXTS,
    searchDomains=TEXTS,
    extraHostEntries=Items(fields(ip=TEXT, aliases=TEXTS)),
    kubespan=fields(
        enabled=FLAG,
        advertiseKubernetesNetworks=FLAG,
        allowDownPeerBypass=FLAG,
        harvestExtraEndpoints=FLAG,
        mtu=COUNT,
        filters=fields(endpoints=TEXTS, excludeAdvertisedNetworks=TEXTS),
    ),
    disableSearchDomain=FLAG,
)
_INSTALL = fields(
    disk=TEXT,
    diskSelector=fields(
        size=TEXT,
        name=TEXT,
        model=TEXT,
        serial=TEXT,
        modalias=TEXT,
        uuid=TEXT,
        wwid=TEXT,
        type=TEXT,
        busPath=TEXT,
    ),
    extraKernelArgs=TEXTS,
    image=TEXT,
    extensions=Items(fields(image=TEXT)),
    bootloader=FLAG,
    wipe=FLAG,
    legacyBIOSSupport=FLAG,
    grubUseUKICmdline=FLAG,
)
_ENCRYPTION = fields(
    provider=TEXT,
    keys=Items(
        fields(
            static=fields(passphrase=SECRET),
            nodeID=fields(),
            kms=fields(endpoint=TEXT),
            slot=NUMBER,
            tpm=fields(checkSecurebootStatusOnEnroll=FLAG),
        )
    ),
    cipher=TEXT,
    keySize=NUMBER,
    blockSize=NUMBER,
    options=TEXTS,
)
_REGISTRIES = Fields(
    {
        "mirrors": Entries(fields(endpoints=TEXTS, overridePath=FLAG, skipFallback=FLAG)),
        "config": Entries(
            fields(
                tls=fields(clientIdentity=_CA, ca=TEXT, insecureSkipVerify=FLAG),
                auth=fields(username=TEXT, password=SECRET, auth=SECRET, identityToken=SECRET),
            )
        ),
    },
    embedded=True,
)
_FEATURES = fields(
    rbac=FLAG,
    stableHostname=FLAG,
    kubernetesTalosAPIAccess=fields(enabled=FLAG, allowedRoles=TEXTS, allowedKubernetesNamespaces=TEXTS),
    apidCheckExtKeyUsage=FLAG,
    diskQuotaSupport=FLAG,
    kubePrism=fields(enabled=FLAG, port=NUMBER),
    hostDNS=fields(enabled=FLAG, forwardKubeDNSToHost=FLAG, resolveMemberNames=FLAG),
    imageCache=fields(localEnabled=FLAG),
    nodeAddressSortAlgorithm=TEXT,
)
_MACHINE = fields(
    type=TEXT,
    token=SECRET,
    ca=_CA,
    acceptedCAs=_ACCEPTED,
    certSANs=TEXTS,
    controlPlane=fields(controllerManager=fields(disabled=FLAG), scheduler=fields(disabled=FLAG)),
    kubelet=_KUBELET,
    pods=Items(FREE),
    network=_NETWORK,
    disks=Items(fields(device=TEXT, partitions=Items(fields(size=FREE, mountpoint=TEXT)))),
    install=_INSTALL,
    files=Items(fields(content=SECRET, permissions=FREE, path=TEXT, op=TEXT)),
    env=_ENV,
    time=fields(disabled=FLAG, servers=TEXTS, bootTimeout=TEXT),
    sysctls=TEXT_MAP,
    sysfs=TEXT_MAP,
    registries=_REGISTRIES,
    systemDiskEncryption=fields(state=_ENCRYPTION, ephemeral=_ENCRYPTION),
    features=_FEATURES,
    udev=fields(rules=TEXTS),
    logging=fields(destinations=Items(fields(endpoint=TEXT, format=TEXT, extraTags=TEXT_MAP))),
    kernel=fields(modules=Items(fields(name=TEXT, parameters=TEXTS))),
    seccompProfiles=Items(fields(name=TEXT, value=FREE)),
    baseRuntimeSpecOverrides=FREE,
    nodeLabels=TEXT_MAP,
    nodeAnnotations=TEXT_MAP,
    nodeTaints=TEXT_MAP,
)

_COMPONENT: dict[str, Fields | Items | Entries | Free] = {
    "extraArgs": _ARGS,
    "extraVolumes": _VOLUMES,
    "env": _ENV,
    "resources": _RESOURCES,
}
_CLUSTER = fields(
    id=SECRET,
    secret=SECRET,
    controlPlane=fields(endpoint=TEXT, localAPIServerPort=NUMBER),
    clusterName=TEXT,
    network=fields(
        cni=fields(
            name=TEXT,
            urls=TEXTS,
            flannel=fields(extraArgs=TEXTS, kubeNetworkPoliciesEnabled=FLAG),
        ),
        dnsDomain=TEXT,
        podSubnets=Items(TEXT, replace=True),
        serviceSubnets=Items(TEXT, replace=True),
    ),
    token=SECRET,
    aescbcEncryptionSecret=SECRET,
    secretboxEncryptionSecret=SECRET,
    ca=_CA,
    acceptedCAs=_ACCEPTED,
    aggregatorCA=_CA,
    serviceAccount=fields(key=SECRET),
    apiServer=Fields(
        {
            "image": TEXT,
            **_COMPONENT,
            "certSANs": TEXTS,
            "disablePodSecurityPolicy": FLAG,
            "admissionControl": Items(fields(name=TEXT, configuration=FREE), key=("name",)),
            "auditPolicy": Free(replace=True),
            "authorizationConfig": Items(fields(type=TEXT, name=TEXT, webhook=FREE)),
        }
    ),
    controllerManager=Fields({"image": TEXT, **_COMPONENT}),
    proxy=fields(disabled=FLAG, image=TEXT, mode=TEXT, extraArgs=_ARGS),
    scheduler=Fields({"image": TEXT, **_COMPONENT, "config": FREE}),
    discovery=fields(
        enabled=FLAG,
        registries=Fields(
            {
                "kubernetes": Fields({"disabled": FLAG}, embedded=True),
                "service": Fields({"disabled": FLAG, "endpoint": TEXT}, embedded=True),
            },
            embedded=True,
        ),
    ),
    etcd=fields(
        image=TEXT,
        ca=_CA,
        extraArgs=_ARGS,
        subnet=TEXT,
        advertisedSubnets=TEXTS,
        listenSubnets=TEXTS,
    ),
    coreDNS=fields(disabled=FLAG, image=TEXT),
    externalCloudProvider=fields(enabled=FLAG, manifests=TEXTS),
    extraManifests=TEXTS,
    extraManifestHeaders=Entries(SECRET),
    inlineManifests=Items(fields(name=TEXT, contents=SECRET)),
    adminKubeconfig=fields(certLifetime=TEXT),
    allowSchedulingOnMasters=FLAG,
    allowSchedulingOnControlPlanes=FLAG,
)

ROOT = fields(version=TEXT, debug=FLAG, persist=FLAG, machine=_MACHINE, cluster=_CLUSTER)
