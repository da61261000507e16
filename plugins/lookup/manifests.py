# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests as a list of objects."""

from __future__ import annotations

DOCUMENTATION = r"""
name: manifests
short_description: Reads Kubernetes manifests
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Reads manifests and returns their objects, in order, as M(kubevim.nfvi.k8s_objects) takes them; YAML as kubectl
    reads it.
options:
  _terms:
    description:
      - Paths, folders, https URLs and OCI references, as O(kubevim.nfvi.k8s_component#module:manifests) takes them.
    type: list
    elements: raw
    required: true
seealso:
  - module: kubevim.nfvi.k8s_objects
  - module: kubevim.nfvi.k8s_component
"""

EXAMPLES = r"""
- name: The objects of a folder, in a namespace of one's own
  kubevim.nfvi.k8s_objects:
    objects: "{{ query('kubevim.nfvi.manifests', 'manifests/upf') }}"
    namespace: upf
"""

RETURN = r"""
_raw:
  description: The objects.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.http.session import Session
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NfviError
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import silent
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.component.reader import Reader, objects_of
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.component.source import Source


class LookupModule(LookupBase):
    """Reads each place once."""

    def run(self, terms: list[Any], variables: Any = None, **kwargs: Any) -> list[Any]:
        """The objects of all places, in order."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            sources = [Source.parse(Given(term)) for term in terms]
            with Session() as session:
                reader = Reader(session, silent)
                return [each.manifest for source in sources for each in objects_of(source, reader.manifests(source)[0])]
        except NfviError as error:
            raise AnsibleLookupError(str(error)) from error
