# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds the lab's operators read and write."""

from __future__ import annotations

from .client import Resource

NAMESPACE = Resource("", "v1", "namespaces", "Namespace")
NODE = Resource("", "v1", "nodes", "Node")
POD = Resource("", "v1", "pods", "Pod", namespaced=True)
CONFIG_MAP = Resource("", "v1", "configmaps", "ConfigMap", namespaced=True)
EVENT = Resource("", "v1", "events", "Event", namespaced=True)
SERVICE = Resource("", "v1", "services", "Service", namespaced=True)
PVC = Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", namespaced=True)
DEPLOYMENT = Resource("apps", "v1", "deployments", "Deployment", namespaced=True)
DAEMONSET = Resource("apps", "v1", "daemonsets", "DaemonSet", namespaced=True)
CRD = Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition")
VALIDATING_WEBHOOK = Resource(
    "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"
)
MUTATING_WEBHOOK = Resource(
    "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"
)
API_SERVICE = Resource("apiregistration.k8s.io", "v1", "apiservices", "APIService")
NAD = Resource(
    "k8s.cni.cncf.io",
    "v1",
    "network-attachment-definitions",
    "NetworkAttachmentDefinition",
    namespaced=True,
    custom=True,
)

VPC = Resource("kubeovn.io", "v1", "vpcs", "Vpc", custom=True)
SUBNET = Resource("kubeovn.io", "v1", "subnets", "Subnet", custom=True)
IP = Resource("kubeovn.io", "v1", "ips", "IP", custom=True)
VIP = Resource("kubeovn.io", "v1", "vips", "Vip", custom=True)
IPPOOL = Resource("kubeovn.io", "v1", "ippools", "IPPool", custom=True)
VLAN = Resource("kubeovn.io", "v1", "vlans", "Vlan", custom=True)
PROVIDER_NETWORK = Resource("kubeovn.io", "v1", "provider-networks", "ProviderNetwork", custom=True)
SECURITY_GROUP = Resource("kubeovn.io", "v1", "security-groups", "SecurityGroup", custom=True)
QOS_POLICY = Resource("kubeovn.io", "v1", "qos-policies", "QoSPolicy", custom=True)
SWITCH_LB_RULE = Resource("kubeovn.io", "v1", "switch-lb-rules", "SwitchLBRule", custom=True)
VPC_DNS = Resource("kubeovn.io", "v1", "vpc-dnses", "VpcDns", custom=True)
VPC_EGRESS_GATEWAY = Resource(
    "kubeovn.io", "v1", "vpc-egress-gateways", "VpcEgressGateway", namespaced=True, custom=True
)
VPC_NAT_GATEWAY = Resource("kubeovn.io", "v1", "vpc-nat-gateways", "VpcNatGateway", custom=True)
IPTABLES_EIP = Resource("kubeovn.io", "v1", "iptables-eips", "IptablesEIP", custom=True)
IPTABLES_FIP = Resource("kubeovn.io", "v1", "iptables-fip-rules", "IptablesFIPRule", custom=True)
IPTABLES_DNAT = Resource("kubeovn.io", "v1", "iptables-dnat-rules", "IptablesDnatRule", custom=True)
IPTABLES_SNAT = Resource("kubeovn.io", "v1", "iptables-snat-rules", "IptablesSnatRule", custom=True)
OVN_EIP = Resource("kubeovn.io", "v1", "ovn-eips", "OvnEip", custom=True)
OVN_FIP = Resource("kubeovn.io", "v1", "ovn-fips", "OvnFip", custom=True)
OVN_DNAT = Resource("kubeovn.io", "v1", "ovn-dnat-rules", "OvnDnatRule", custom=True)
OVN_SNAT = Resource("kubeovn.io", "v1", "ovn-snat-rules", "OvnSnatRule", custom=True)

KUBEVIRT = Resource("kubevirt.io", "v1", "kubevirts", "KubeVirt", namespaced=True, custom=True)
VM = Resource("kubevirt.io", "v1", "virtualmachines", "VirtualMachine", namespaced=True, custom=True)
VMI = Resource("kubevirt.io", "v1", "virtualmachineinstances", "VirtualMachineInstance", namespaced=True, custom=True)
MIGRATION = Resource(
    "kubevirt.io",
    "v1",
    "virtualmachineinstancemigrations",
    "VirtualMachineInstanceMigration",
    namespaced=True,
    custom=True,
)

DATA_VOLUME = Resource("cdi.kubevirt.io", "v1beta1", "datavolumes", "DataVolume", namespaced=True, custom=True)
CDI_CONFIG = Resource("cdi.kubevirt.io", "v1beta1", "cdiconfigs", "CDIConfig", custom=True)

_SRIOV = "sriovnetwork.openshift.io"
SRIOV_POLICY = Resource(
    _SRIOV, "v1", "sriovnetworknodepolicies", "SriovNetworkNodePolicy", namespaced=True, custom=True
)
SRIOV_STATE = Resource(_SRIOV, "v1", "sriovnetworknodestates", "SriovNetworkNodeState", namespaced=True, custom=True)
SRIOV_CONFIG = Resource(_SRIOV, "v1", "sriovoperatorconfigs", "SriovOperatorConfig", namespaced=True, custom=True)
SRIOV_NETWORK = Resource(_SRIOV, "v1", "sriovnetworks", "SriovNetwork", namespaced=True, custom=True)
SRIOV_IB_NETWORK = Resource(_SRIOV, "v1", "sriovibnetworks", "SriovIBNetwork", namespaced=True, custom=True)
OVS_NETWORK = Resource(_SRIOV, "v1", "ovsnetworks", "OVSNetwork", namespaced=True, custom=True)

#: Everything that is watched; events, services and webhook configurations are only written.
WATCHED = (
    CRD,
    NAMESPACE,
    NODE,
    CONFIG_MAP,
    POD,
    PVC,
    DEPLOYMENT,
    DAEMONSET,
    NAD,
    VPC,
    SUBNET,
    IP,
    VIP,
    IPPOOL,
    VLAN,
    PROVIDER_NETWORK,
    SECURITY_GROUP,
    QOS_POLICY,
    SWITCH_LB_RULE,
    VPC_DNS,
    VPC_EGRESS_GATEWAY,
    VPC_NAT_GATEWAY,
    IPTABLES_EIP,
    IPTABLES_FIP,
    IPTABLES_DNAT,
    IPTABLES_SNAT,
    OVN_EIP,
    OVN_FIP,
    OVN_DNAT,
    OVN_SNAT,
    KUBEVIRT,
    VM,
    VMI,
    MIGRATION,
    DATA_VOLUME,
    SRIOV_POLICY,
    SRIOV_STATE,
    SRIOV_CONFIG,
    SRIOV_NETWORK,
    SRIOV_IB_NETWORK,
    OVS_NETWORK,
)
