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
  - Reads manifest files and https URLs and returns their objects, in order, as M(kubevim.nfvi.k8s_objects) takes them.
options:
  _terms:
    description: Paths and https URLs of YAML files, each with one or more objects.
    type: list
    elements: str
    required: true
  images:
    description:
      - Images by digest, by the name of the image that they replace. A name has no tag and no digest.
    type: dict
    default: {}
seealso:
  - module: kubevim.nfvi.k8s_objects
"""

EXAMPLES = r"""
- name: KubeVirt from its release, the operator's image pinned
  kubevim.nfvi.k8s_objects:
    objects: "{{ query('kubevim.nfvi.manifests', *manifests, images=images) }}"
  vars:
    manifests:
      - https://github.com/kubevirt/kubevirt/releases/download/v1.8.4/kubevirt-operator.yaml
    images:
      quay.io/kubevirt/virt-operator: >-
        quay.io/kubevirt/virt-operator@sha256:2a1e6f4b7c0d93581d2cbb5c1f3d9e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e
"""

RETURN = r"""
_raw:
  description: The objects.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.module_utils.urls import open_url
from ansible.plugins.lookup import LookupBase

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NfviError
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.manifests import pinned, read


class LookupModule(LookupBase):
    """Reads each place once."""

    def run(self, terms: list[Any], variables: Any = None, **kwargs: Any) -> list[Any]:
        """The objects of all places, in order."""
        self.set_options(var_options=variables, direct=kwargs)
        images = self.get_option("images")
        try:
            return [pinned(thing, images) for place in terms for thing in read(str(place), _fetch)]
        except NfviError as error:
            raise AnsibleLookupError(str(error)) from error


def _fetch(url: str) -> bytes:
    """The document at an https URL; raises `OSError` (of which urllib's errors are) when there is none."""
    with open_url(url, timeout=60) as response:
        content: bytes = response.read()
    return content
