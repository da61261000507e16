# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machine configurations of a Talos cluster, made from a cluster and its machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_config
short_description: Make machine configurations for Talos
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Makes the configuration of every machine from the cluster's secrets, what the machines have in common, and what is
    particular to each, and writes one private file a machine (mode 0600).
  - Everything that Talos would refuse is refused here, with the path in the configuration, and so are the mistakes
    that it takes without a word (a malformed token, a subnet without prefix length, a host name with an underscore).
  - Every minor version of Talos has its own form of a configuration, its contract. 1.10 and 1.11 want one document,
    with the network in C(machine.network). 1.12 and 1.13 want host name, links, resolvers and time as documents of
    their own. 1.14 wants Kubernetes, discovery and the installation as documents too. The same options are written in
    the form of O(cluster.talos_version).
  - Configurations for 1.10 to 1.13 are proven with C(talosctl) 1.13, which accepts them (C(validate --strict)) and
    makes the same from the same secrets. It cannot judge 1.14. That contract was compared with the examples that
    Talos 1.14 itself is tested with; expressions in CEL and values of documents that this module does not write are
    checked by the machine only.
  - Refused, with the place in the patch that brought it in, are documents and keys that came with a later contract,
    unknown keys, one document twice, and what two documents may not both say, such as C(machine.network.hostname)
    beside a C(HostnameConfig).
  - A file that says the same in other words is left as it is. Secrets show as digests in differences.
  - In check mode the bundle may not be there yet. Then throw-away secrets are made in memory and RV(verified=false).
extends_documentation_fragment:
  - kubevim.nfvi.attributes
options:
  secrets:
    description: File of the secrets bundle, as M(kubevim.nfvi.talos_secrets) makes it.
    type: path
    required: true
  config_dir:
    description: Folder of the files, C(<name>.yaml) each.
    type: path
    required: true
  cluster:
    description: What all machines have in common.
    type: dict
    required: true
    suboptions:
      name:
        description: Name of the cluster.
        type: str
        required: true
      endpoint:
        description: URL of the Kubernetes API, C(https://<address or name>:6443).
        type: str
        required: true
      talos_version:
        description: Version of Talos, 1.10 to 1.14.
        type: str
        required: true
      kubernetes_version:
        description:
          - Version of Kubernetes. Talos 1.10 runs 1.28 to 1.33, 1.11 runs 1.29 to 1.34, 1.12 runs 1.30 to 1.35, 1.13
            runs 1.31 to 1.36, and 1.14 runs 1.32 to 1.37.
        type: str
        required: true
      images:
        description: Images other than the upstream ones of the versions.
        type: dict
        suboptions:
          installer:
            description:
              - Installer of Talos. From 1.14 on the default is Image Factory's, without system extensions.
            type: str
          kubelet: {description: "Kubelet, as Talos wants it.", type: str}
          kube_apiserver: {description: "API server.", type: str}
          kube_controller_manager: {description: "Controller manager.", type: str}
          kube_scheduler: {description: "Scheduler.", type: str}
          kube_proxy: {description: "kube-proxy.", type: str}
          etcd: {description: "etcd; Talos' own choice by default.", type: str}
          coredns: {description: "CoreDNS; Talos' own choice by default.", type: str}
      pod_subnets:
        description: Subnets of pods.
        type: list
        elements: str
        default: [10.244.0.0/16]
      service_subnets:
        description: Subnets of services.
        type: list
        elements: str
        default: [10.96.0.0/12]
      dns_domain:
        description: Domain of the cluster's own names.
        type: str
        default: cluster.local
      cni:
        description: V(none) when something else brings the network (Kube-OVN).
        type: str
        choices: [flannel, none]
        default: flannel
      kube_proxy:
        description: Whether kube-proxy runs.
        type: bool
        default: true
      discovery:
        description: Whether machines find each other through the discovery service on the internet.
        type: bool
        default: false
      allow_scheduling_on_control_planes:
        description: Whether control-plane machines take workloads.
        type: bool
        default: false
      cert_sans:
        description: Further names and addresses for the certificates of Talos' and Kubernetes' APIs.
        type: list
        elements: str
        default: []
      api_server_args:
        description: Further arguments of the API server, texts by name without dashes.
        type: dict
        default: {}
      patches:
        description:
          - Patches for all machines, in order and by Talos' own rules. A mapping is merged (strategic merge), a list
            is the operations of a JSON patch (RFC 6902), and a text is YAML or JSON of either, or several documents.
          - A document of a patch goes to the one with the same kind and name, or is added. Lists are appended, but
            for those that Talos replaces (subnets of pods and services, for example) or merges by a key (interfaces,
            admission plugins). Null and empty texts say nothing. A mapping with C($patch) set to C(delete) is
            deleted; in a list, so is the item whose first field is the same.
          - JSON patches are only possible where the configuration has one document, as Talos itself has it. That is
            up to 1.11, and as long as no other patch adds one.
          - Write values that look like numbers or booleans in quotes where Talos wants a text.
        type: list
        elements: raw
        default: []
  nodes:
    description: The machines.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Host name; also the name of the file.
        type: str
        required: true
      role:
        description: What the machine is in the cluster.
        type: str
        choices: [controlplane, worker]
        default: controlplane
      install_disk:
        description: Device that Talos is installed on. This or O(nodes[].install_disk_selector) is required.
        type: str
      install_disk_selector:
        description:
          - What tells the device from others, as in C(machine.install.diskSelector). For 1.14 it is made into an
            expression, for which O(nodes[].install_disk_selector) may have C(size), C(uuid), C(wwid), C(model),
            C(serial), C(modalias), C(type) and C(busPath).
        type: dict
        default: {}
      wipe:
        description: Whether the device is wiped before the installation.
        type: bool
        default: false
      links:
        description: Network links to configure; all others use DHCP only when none is given here.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description:
              - Name of the link. With O(nodes[].links[].mac) it is an alias that must not be a kernel's name; up to
                1.11 there are no aliases, and the link keeps its own name.
            type: str
            required: true
          mac:
            description: Permanent hardware address of the link that is meant.
            type: str
          addresses:
            description: Addresses with prefix length.
            type: list
            elements: str
            default: []
          gateway:
            description: Default gateway.
            type: str
          vip:
            description: Address that the control-plane machines share on this link.
            type: str
          mtu:
            description: Largest packet in bytes.
            type: int
          dhcp:
            description: Whether the link also asks for an IPv4 address.
            type: bool
            default: false
      nameservers:
        description: Addresses of name servers.
        type: list
        elements: str
        default: []
      search_domains:
        description: Domains for names without one.
        type: list
        elements: str
        default: []
      time_servers:
        description: NTP servers.
        type: list
        elements: str
        default: []
      labels:
        description: Labels of the Kubernetes node.
        type: dict
        default: {}
      annotations:
        description: Annotations of the Kubernetes node.
        type: dict
        default: {}
      taints:
        description: Taints of the Kubernetes node, C(<value>:<effect>) by key.
        type: dict
        default: {}
      patches:
        description: Patches for this machine, after the cluster's, in the same forms.
        type: list
        elements: raw
        default: []
requirements:
  - python >= 3.11
  - cryptography
  - PyYAML
seealso:
  - module: kubevim.nfvi.talos_secrets
  - module: kubevim.nfvi.talos_apply
"""

EXAMPLES = r"""
- name: Make the configuration of a one-machine edge site
  kubevim.nfvi.talos_config:
    secrets: "{{ state_dir }}/secrets.yaml"
    config_dir: "{{ state_dir }}/config"
    cluster:
      name: edge-berlin-01
      endpoint: https://10.20.30.11:6443
      talos_version: v1.13.0
      kubernetes_version: v1.36.3
      cni: none
      allow_scheduling_on_control_planes: true
    nodes:
      - name: e1
        install_disk: /dev/nvme0n1
        links:
          - {name: mgmt0, mac: "aa:bb:cc:dd:ee:01", addresses: [10.20.30.11/24], gateway: 10.20.30.1}
        nameservers: [10.1.1.53]
        time_servers: [10.1.1.123]
        patches:
          - machine:
              sysctls:
                vm.nr_hugepages: "4096"

- name: Change what Talos would do by itself
  kubevim.nfvi.talos_config:
    secrets: "{{ state_dir }}/secrets.yaml"
    config_dir: "{{ state_dir }}/config"
    cluster:
      name: edge-berlin-01
      endpoint: https://10.20.30.11:6443
      talos_version: v1.13.0
      kubernetes_version: v1.36.3
      patches:
        - machine:
            features:
              kubePrism:
                $patch: delete
        - |
          apiVersion: v1alpha1
          kind: WatchdogTimerConfig
          device: /dev/watchdog0
          ---
          apiVersion: v1alpha1
          kind: EthernetConfig
          name: enp3s0
          rings: {rx: 4096, tx: 4096}
    nodes:
      - name: e1
        install_disk: /dev/nvme0n1

- name: Make the configuration of an old machine, with a JSON patch
  kubevim.nfvi.talos_config:
    secrets: "{{ state_dir }}/secrets.yaml"
    config_dir: "{{ state_dir }}/config"
    cluster:
      name: edge-berlin-02
      endpoint: https://10.20.40.11:6443
      talos_version: v1.11.6
      kubernetes_version: v1.34.0
    nodes:
      - name: e1
        install_disk: /dev/sda
        patches:
          - - {op: replace, path: /machine/install/wipe, value: true}
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  type: bool
  returned: always
  sample: true
actions:
  description: What was done, or would be in check mode, one line a change.
  type: list
  elements: str
  returned: always
  sample:
    - "create configuration of e1"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: none
verified:
  description: V(false) in check mode where there is no secrets bundle yet.
  type: bool
  returned: success
  sample: true
configs:
  description: The configurations in the order of O(nodes), without any secret.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the machine.
      type: str
      sample: e1
    role:
      description: Its role.
      type: str
      sample: controlplane
    path:
      description: File of the configuration.
      type: str
      sample: /srv/site/config/e1.yaml
    documents:
      description: Kinds and names of its documents.
      type: list
      elements: str
      sample: [v1alpha1, HostnameConfig, LinkAliasConfig/mgmt0, LinkConfig/mgmt0]
    sha256:
      description: Digest of the whole text as it is generated.
      type: str
      sample: 0f343b0931126a20f133d67c2b018a3b5a5e1bd1e1d2a1f5e5b0a1a5b8f1c2d3
"""

from ..module_utils.adapter.call import Call, no_session
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_config
from ..module_utils.resources.machine_config.cluster import IMAGES

TEXTS = {"type": "list", "elements": "str", "default": []}
PATCHES = {"type": "list", "elements": "raw", "default": []}
LINK = {
    "name": {"type": "str", "required": True},
    "mac": {"type": "str"},
    "addresses": TEXTS,
    "gateway": {"type": "str"},
    "vip": {"type": "str"},
    "mtu": {"type": "int"},
    "dhcp": {"type": "bool", "default": False},
}
NODE = {
    "name": {"type": "str", "required": True},
    "role": {"type": "str", "choices": ["controlplane", "worker"], "default": "controlplane"},
    "install_disk": {"type": "str"},
    "install_disk_selector": {"type": "dict", "default": {}},
    "wipe": {"type": "bool", "default": False},
    "links": {"type": "list", "elements": "dict", "default": [], "options": LINK},
    "nameservers": TEXTS,
    "search_domains": TEXTS,
    "time_servers": TEXTS,
    "labels": {"type": "dict", "default": {}},
    "annotations": {"type": "dict", "default": {}},
    "taints": {"type": "dict", "default": {}},
    "patches": PATCHES,
}
IMAGE = {"type": "str"}
CLUSTER = {
    "name": {"type": "str", "required": True},
    "endpoint": {"type": "str", "required": True},
    "talos_version": {"type": "str", "required": True},
    "kubernetes_version": {"type": "str", "required": True},
    "images": {"type": "dict", "options": dict.fromkeys(IMAGES, IMAGE)},
    "pod_subnets": {"type": "list", "elements": "str", "default": ["10.244.0.0/16"]},
    "service_subnets": {"type": "list", "elements": "str", "default": ["10.96.0.0/12"]},
    "dns_domain": {"type": "str", "default": "cluster.local"},
    "cni": {"type": "str", "choices": ["flannel", "none"], "default": "flannel"},
    "kube_proxy": {"type": "bool", "default": True},
    "discovery": {"type": "bool", "default": False},
    "allow_scheduling_on_control_planes": {"type": "bool", "default": False},
    "cert_sans": TEXTS,
    "api_server_args": {"type": "dict", "default": {}},
    "patches": PATCHES,
}
SPEC = {
    **COMMON,
    "secrets": {"type": "path", "required": True, "no_log": False},
    "config_dir": {"type": "path", "required": True},
    "cluster": {"type": "dict", "required": True, "options": CLUSTER},
    "nodes": {"type": "list", "elements": "dict", "required": True, "options": NODE},
}


CALL = Call(SPEC, no_session, talos_config.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
