# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another version of Kubernetes on a cluster of Talos machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: talos_k8s_upgrade
short_description: Upgrade Kubernetes on Talos machines
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Brings the components of Kubernetes to another version by the images in the machines' configurations, as
    C(talosctl upgrade-k8s) does. Nothing restarts but the component itself.
  - First every machine pulls its images, and says whether it takes the change without a reboot. Then come the API
    servers, one machine at a time, the controller managers, the schedulers, the image of kube-proxy, and the kubelets,
    those of the control plane first.
  - Each component is B(seen to run the new version and to be ready) before the next one is touched, the static pods and
    the kubelet's version being read from Kubernetes. The first failure ends the task and names component and machine;
    the next run goes on from there.
  - Refused before anything is touched are a step back, a step of more than one minor, a version that the machines'
    Talos does not run, and kubelets that are or would be too far from the API servers.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.talos
options:
  to:
    description: The version.
    type: str
    required: true
  nodes:
    description:
      - Addresses of the machines. By default all nodes of the cluster, at their internal addresses.
      - All of the control plane must be among them, unless it runs O(to) already.
    type: list
    elements: str
  kubeconfig:
    description:
      - Path of a kubeconfig that may read nodes and pods.
      - By default, a control-plane machine is asked for one, which is kept in memory only; the talosconfig's endpoints
        are tried first.
    type: path
  images:
    description:
      - Images that are not the configured ones with another tag. They must not be tagged as another version.
      - Needed for an image that is configured by its digest.
    type: dict
    suboptions:
      kube_apiserver:
        description: Image of the API server.
        type: str
      kube_controller_manager:
        description: Image of the controller manager.
        type: str
      kube_scheduler:
        description: Image of the scheduler.
        type: str
      kube_proxy:
        description: Image of kube-proxy.
        type: str
      kubelet:
        description: Image of the kubelet.
        type: str
  kubelet:
    description: Whether kubelets are upgraded too. They can be up to three minors older than the API servers.
    type: bool
    default: true
  limit:
    description: How many workers' kubelets are restarted at a time.
    type: int
    default: 1
  nodes_ready:
    description:
      - V(required) fails when one of the nodes is not ready before anything is touched, and waits for each afterwards.
      - V(ignored) waits for those only that were, for example while a cluster has no CNI yet.
    type: str
    choices: [required, ignored]
    default: required
  wait_timeout:
    description: Seconds until a component of a machine runs and is ready, and for each image to be pulled.
    type: int
    default: 600
  reach_timeout:
    description:
      - Seconds to keep trying machines that do not answer at first, and components that are not ready. Check mode tries
        once.
    type: int
    default: 60
notes:
  - Kubernetes asks to drain a node before its kubelet goes to another B(minor) version. This module does not. Upgrade
    the control plane with O(kubelet=false), then drain a node, name it alone, and go on to the next.
  - Talos writes the manifests of kube-proxy and CoreDNS once and does not update them, and neither does this module;
    it warns when kube-proxy's pods run another version.
  - Whether workloads still use an API that the new version has no more is not looked at.
  - Where configurations are made by M(kubevim.nfvi.talos_config), give it the new C(kubernetes_version) too, so that
    its files agree with the machines. Files with the old version, given to M(kubevim.nfvi.talos_apply), would take
    Kubernetes back.
  - The talosconfig needs the role C(os:admin).
seealso:
  - module: kubevim.nfvi.talos_upgrade
  - module: kubevim.nfvi.talos_image
  - name: Version skew
    description: Which versions of Kubernetes' components work together.
    link: https://kubernetes.io/releases/version-skew-policy/
"""

EXAMPLES = r"""
- name: Kubernetes on all nodes of the cluster, kubelets of workers three at a time
  kubevim.nfvi.talos_k8s_upgrade:
    talosconfig: "{{ state_dir }}/talosconfig"
    to: v1.36.3
    limit: 3
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
    - "upgrade kube-apiserver on node 10.20.30.11: version v1.36.0 → v1.36.3"
    - "upgrade kubelet on node 10.20.30.21: version v1.36.0 → v1.36.3"
impact:
  description: The worst that a change does to running service.
  type: str
  returned: success
  sample: service_restart
verified:
  description: V(false) in check mode where a machine does not answer yet; nothing is told of any then.
  type: bool
  returned: success
  sample: true
version:
  description: The version.
  type: str
  returned: success
  sample: v1.36.3
nodes:
  description: What runs on each machine, or will after what check mode tells.
  type: list
  elements: dict
  returned: success
  contains:
    address:
      description: Address of the machine.
      type: str
      sample: 10.20.30.11
    hostname:
      description: Name of its node.
      type: str
      sample: e1
    control_plane:
      description: Whether it belongs to the control plane.
      type: bool
      sample: true
    kube_apiserver:
      description: Version of its API server; null on a worker, as are the next two.
      type: str
      sample: v1.36.3
    kube_controller_manager:
      description: Version of its controller manager.
      type: str
      sample: v1.36.3
    kube_scheduler:
      description: Version of its scheduler.
      type: str
      sample: v1.36.3
    kubelet:
      description: Version of its kubelet.
      type: str
      sample: v1.36.3
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import COMMON
from ..module_utils.operations.cluster import talos_k8s_upgrade
from ..module_utils.operations.cluster.talos_session import OPTIONS, talos_session

SPEC = {
    **COMMON,
    **OPTIONS,
    "to": {"type": "str", "required": True},
    "nodes": {"type": "list", "elements": "str"},
    "kubeconfig": {"type": "path"},
    "images": {
        "type": "dict",
        "options": {
            "kube_apiserver": {"type": "str"},
            "kube_controller_manager": {"type": "str"},
            "kube_scheduler": {"type": "str"},
            "kube_proxy": {"type": "str"},
            "kubelet": {"type": "str"},
        },
    },
    "kubelet": {"type": "bool", "default": True},
    "limit": {"type": "int", "default": 1},
    "nodes_ready": {"type": "str", "choices": ["required", "ignored"], "default": "required"},
    "wait_timeout": {"type": "int", "default": 600},
    "reach_timeout": {"type": "int", "default": 60},
}

CALL = Call(SPEC, talos_session, talos_k8s_upgrade.run)


def main() -> None:
    """As a module."""
    run_module(CALL)


if __name__ == "__main__":
    main()
