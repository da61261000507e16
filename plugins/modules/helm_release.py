# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases of Helm charts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_release
short_description: Install, upgrade and remove releases of Helm charts
version_added: "0.1.0"
description:
  - Brings a release to a chart and values with the C(helm) program of E(PATH), version 3 or 4.
  - Whether there is something to do is found by comparing what the chart becomes with the given values (a dry run that
    asks the server) with the release's own manifest, values and chart version. Hooks are not compared.
  - Objects that others changed behind helm's back are not looked at, as with helm itself. Charts whose templates make
    random texts differ each time.
  - Values go to helm on its standard input, credentials in a file that only this user can read. In diffs and errors
    every value shows as a digest, since nobody knows which of them are secrets.
options:
  name:
    description: Name of the release.
    type: str
    required: true
    aliases: [release_name]
  namespace:
    description: Namespace of the release, and of its objects that name none.
    type: str
    default: default
    aliases: [release_namespace]
  create_namespace:
    description: Whether the namespace is made with the release if it is not there. It is never removed.
    type: bool
    default: false
  state:
    description:
      - V(present) installs or upgrades the release. V(absent) removes it with its objects and its history. What a
        chart's folder C(crds) brought stays.
    type: str
    choices: [present, absent]
    default: present
  chart_ref:
    description:
      - The chart. A folder, an archive (C(.tgz)), the URL of one, an OCI reference (C(oci://registry/repository)), its
        name in O(chart_repo_url), or C(repository/name) of a repository that helm knows. Needed for O(state=present).
      - Credentials of registries and repositories are those that helm has (C(helm registry login), C(helm repo add)).
    type: str
  chart_version:
    description: Version of the chart, where there are several; the newest by default.
    type: str
  chart_repo_url:
    description: URL of the repository that O(chart_ref) names a chart of.
    type: str
  plain_http:
    description: Whether the registry is asked without TLS.
    type: bool
    default: false
  values:
    description: Values of the chart, over those of O(values_files) and over the chart's own.
    type: dict
    default: {}
    aliases: [release_values]
  values_files:
    description: Files of values, each over those before it.
    type: list
    elements: path
    default: []
  crds:
    description:
      - What becomes of the CustomResourceDefinitions in the chart's folder C(crds). V(install) leaves them to helm,
        which makes those that are missing when it installs the release, and never touches them again; if some are
        missing later, a warning names them. V(apply) brings them to what the chart has before each install and
        upgrade. V(skip) leaves them alone.
    type: str
    choices: [install, apply, skip]
    default: install
  disable_hooks:
    description: Whether the chart's hooks are left out.
    type: bool
    default: false
  wait:
    description: Whether helm waits until the objects work, or until they are gone for O(state=absent).
    type: bool
    default: true
  wait_timeout:
    description: Seconds that helm gives each of its operations, such as waiting for the objects or for one hook.
    type: int
    default: 300
  atomic:
    description:
      - Whether a failed upgrade is rolled back, and a failed installation removed (C(--atomic) of helm 3,
        C(--rollback-on-failure) of helm 4). It implies waiting.
    type: bool
    default: false
  history_max:
    description: How many revisions of the release are kept; 0 for all.
    type: int
    default: 10
  on_pending:
    description:
      - What to do about a release of which an installation, upgrade, rollback or removal has not ended, as helm leaves
        it when it is killed. V(fail) tells which and since when. V(recover) rolls it back to the revision that stood
        before, or, where none did, removes it; then goes on as usual.
      - Only say V(recover) if no other helm is at work.
    type: str
    choices: [fail, recover]
    default: fail
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
requirements:
  - helm >= 3.13
seealso:
  - module: kubevim.nfvi.k8s_component
  - module: kubevim.nfvi.k8s_objects
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: A user plane from a chart in a registry
  kubevim.nfvi.helm_release:
    kubeconfig: ~/.kube/config
    name: upf-1
    namespace: upf
    create_namespace: true
    chart_ref: oci://mirror.example.net/charts/upf
    chart_version: 2.4.1
    values_files:
      - values/edge.yml
    values:
      n3:
        subnet: ran-up-n3
    atomic: true
    wait_timeout: 600

- name: The same release, gone
  kubevim.nfvi.helm_release:
    kubeconfig: ~/.kube/config
    name: upf-1
    namespace: upf
    state: absent
"""

RETURN = r"""
release:
  description:
    - The release as it is, or in check mode would be; empty for O(state=absent).
    - Its C(name) and C(namespace), the number of its newest C(revision) and what helm says of that (C(status)), the
      name and version of its C(chart), and the C(app_version) of what the chart installs, which may be empty.
  returned: success
  type: dict
  sample:
    name: upf-1
    namespace: upf
    revision: 3
    status: deployed
    chart: upf-2.4.1
    app_version: "5.0"
objects:
  description: What its objects are called, hooks left out. Empty for O(state=absent).
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: upf-1
        namespace: upf
actions:
  description:
    - What was done, or in check mode would be, one line a change. The release comes before its objects. Values show as
      digests.
  returned: always
  type: list
  elements: str
  sample:
    - "update Release upf/upf-1: chart upf-2.4.0 → upf-2.4.1"
    - "update ConfigMap upf/upf-1: data.n3 ran-up → ran-up-n3"
impact:
  description:
    - What the changes do to running service, at worst. C(pod_restart) when a template of pods changes, else C(none).
  returned: success
  type: str
  sample: pod_restart
verified:
  description:
    - False in check mode if the server could not be asked, as for objects of kinds that this chart brings, and while
      the release is pending.
  returned: success
  type: bool
  sample: true
error:
  description: What went wrong.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - One of C(invalid_input), C(not_found), C(conflict), C(forbidden), C(unauthenticated), C(unreachable),
          C(timeout), C(never_ready), C(unsupported), C(precondition), C(capacity), C(stale_plan), C(busy),
          C(partial), C(internal).
      type: str
      sample: busy
    reason:
      description: Why; where helm failed, in its own words.
      type: str
      sample: >-
        revision 3 is pending-upgrade since 2026-11-21T09:30:00Z: another helm is at work on it, or was killed at it
    object:
      description: The release.
      type: str
      sample: "Release upf/upf-1"
    path:
      description: The place in what was given.
      type: str
      sample: on_pending
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "if no helm is at work on it, say on_pending: recover"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: true
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_read_spec
from ..module_utils.operations.release import ensure
from ..module_utils.operations.session import kube_session

SPEC = kube_read_spec(
    name={"type": "str", "required": True, "aliases": ["release_name"]},
    namespace={"type": "str", "default": "default", "aliases": ["release_namespace"]},
    create_namespace={"type": "bool", "default": False},
    state={"type": "str", "choices": ["present", "absent"], "default": "present"},
    chart_ref={"type": "str"},
    chart_version={"type": "str"},
    chart_repo_url={"type": "str"},
    plain_http={"type": "bool", "default": False},
    values={"type": "dict", "default": {}, "aliases": ["release_values"]},
    values_files={"type": "list", "elements": "path", "default": []},
    crds={"type": "str", "choices": ["install", "apply", "skip"], "default": "install"},
    disable_hooks={"type": "bool", "default": False},
    wait={"type": "bool", "default": True},
    wait_timeout={"type": "int", "default": 300},
    atomic={"type": "bool", "default": False},
    history_max={"type": "int", "default": 10},
    on_pending={"type": "str", "choices": ["fail", "recover"], "default": "fail"},
)

RULES = {"required_if": [["state", "present", ["chart_ref"]]]}

CALL = Call(SPEC, kube_session, ensure.ensure, RULES)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
