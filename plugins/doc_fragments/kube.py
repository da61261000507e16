# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster is reached, and how objects are written."""

from __future__ import annotations


class ModuleDocFragment:
    """``kube``: the endpoint. ``kube.writing``: the options of modules that write objects. ``kube.owning``: of those
    that find again what they wrote.
    """

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig file, or its content as a dictionary.
      - Without it, E(K8S_AUTH_KUBECONFIG), E(KUBECONFIG) and C(~/.kube/config) are tried, in this order.
    type: raw
  context:
    description: Context of the kubeconfig; its current one by default. Also E(K8S_AUTH_CONTEXT).
    type: str
  host:
    description: URL of the API server, instead of the kubeconfig's. Also E(K8S_AUTH_HOST).
    type: str
  api_key:
    description: Bearer token. Also E(K8S_AUTH_API_KEY).
    type: str
  ca_cert:
    description:
      - PEM file of the certificate authority that the server must be certified by. Also E(K8S_AUTH_SSL_CA_CERT).
    type: path
    aliases: [ssl_ca_cert]
  client_cert:
    description: PEM file of the client certificate. Also E(K8S_AUTH_CERT_FILE).
    type: path
    aliases: [cert_file]
  client_key:
    description: PEM file of the client certificate's key. Also E(K8S_AUTH_KEY_FILE).
    type: path
    aliases: [key_file]
  validate_certs:
    description:
      - Whether the server's certificate is verified; yes unless the kubeconfig says otherwise. Also
        E(K8S_AUTH_VERIFY_SSL).
    type: bool
    aliases: [verify_ssl]
  proxy:
    description: URL of an HTTP proxy. Also E(K8S_AUTH_PROXY).
    type: str
requirements:
  - python >= 3.11
  - urllib3 >= 2
  - PyYAML
attributes:
  action_group:
    description: Use C(group/kubevim.nfvi.kube) in C(module_defaults) to set options once.
    support: full
    membership:
      - kubevim.nfvi.kube
      - kubevim.nfvi.nfvi
"""

    WRITING = r"""
options:
  state:
    description:
      - V(present) brings every object to what is given, by server-side apply. V(absent) deletes every object and
        waits until
        it is gone.
    type: str
    choices: [present, absent]
    default: present
  field_manager:
    description: Under which name fields are owned. A field that this owner dropped since the last time is removed.
    type: str
    default: kubevim.nfvi
  on_conflict:
    description:
      - What to do about a field that somebody else owns with another value. V(fail) names the owner. V(force) takes
        the field over.
      - Fields that a component's own controller rewrites (Kube-OVN's, KubeVirt's) never count as a conflict.
    type: str
    choices: [fail, force]
    default: fail
  verify_unchanged:
    description:
      - How an object is known to be as wanted. V(ownership) proves it from one list request a kind and asks the
        server only about what is
        not provably equal. V(server) asks the server about every object (a dry run), which also shows what a new
        webhook or a new default would change.
    type: str
    choices: [ownership, server]
    default: ownership
  wait:
    description:
      - Wait until every object works, by the rules of its kind, and fail at once where waiting cannot help.
      - Namespaces and CustomResourceDefinitions are waited for in any case.
    type: bool
    default: true
  wait_timeout:
    description: Seconds after which waiting ends, for the whole list.
    type: int
    default: 300
"""

    OWNING = r"""
options:
  owner:
    description:
      - Whose the objects are. It becomes their label C(nfvi.kubevim.io/owner). What carries the label of another owner
        is refused, unless O(on_conflict=force).
    type: str
  prune:
    description:
      - Delete what O(owner) applied before and is not given now, in any namespace and of every kind that the module is
        for (M(kubevim.nfvi.k8s_objects) is for all that the server has). It goes last, after everything given works, in
        the order of references, and is refused while something that stays refers to it.
      - Only what carries the label and was applied by O(field_manager) goes. Kinds that the caller may not list are
        looked through in the namespaces of what is given; where that is forbidden too, a warning names them.
      - With O(state=absent) everything of O(owner) goes, even what is not given. With O(state=present) an empty list
        is refused.
    type: bool
    default: false
"""
