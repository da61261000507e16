# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret references, resolved where they are used."""

from __future__ import annotations

DOCUMENTATION = r"""
name: secret
short_description: Resolves secret references
version_added: "0.1.0"
author: kubevim.nfvi contributors (@kubevim)
description:
  - Replaces every secret reference in the given values, at any depth, by the secret. All else stays as it is.
  - "A reference is C({file: <path>}), C({env: <NAME>}) or C({vault: <file>, key: <name>}), the last being an entry of a
    file encrypted by C(ansible-vault) whose password the run was given. A line end at the end of a file does not belong
    to the secret."
  - Use it in the option that takes the secret, not in a fact, so that the secret is kept nowhere.
options:
  _terms:
    description: References, or lists and mappings that hold some. The items of a list count one by one.
    type: list
    elements: raw
    required: true
seealso:
  - plugin: kubevim.nfvi.nfvi
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Servers are powered on with passwords that lie elsewhere
  kubevim.nfvi.bmc_power:
    bmcs: "{{ query('kubevim.nfvi.secret', bmcs) }}"
    state: "on"
  vars:
    bmcs:
      - {name: e1, url: "https://10.20.31.1", username: admin, password: {env: BMC_PASSWORD}}
      - {name: e2, url: "https://10.20.31.2", username: admin, password: {vault: secrets.yml, key: bmc_password}}
"""

RETURN = r"""
_raw:
  description: The values with their secrets.
  type: list
  elements: raw
"""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.secret import SecretRef, is_reference, parse_reference


class LookupModule(LookupBase):
    """Walks the values and resolves what is written like a reference."""

    def run(self, terms: list[Any], variables: Any = None, **kwargs: Any) -> list[Any]:
        """The values with their secrets, the items of lists one by one."""
        self.set_options(var_options=variables, direct=kwargs)
        items = [item for term in terms for item in (term if isinstance(term, list) else [term])]
        return [self._resolved(item) for item in items]

    def _resolved(self, value: Any) -> Any:
        if is_reference(value):
            return self._secret(parse_reference(Given(value)))
        if isinstance(value, Mapping):
            return {key: self._resolved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._resolved(item) for item in value]
        return value

    def _secret(self, ref: SecretRef) -> str:
        read = {"file": self._from_file, "env": self._from_environment, "vault": self._from_vault}
        return read[ref.source](ref)

    def _from_file(self, ref: SecretRef) -> str:
        try:
            return pathlib.Path(ref.name).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as exc:
            raise AnsibleLookupError(f"secret in file {ref.name}: {exc.strerror}") from exc

    def _from_environment(self, ref: SecretRef) -> str:
        if not os.environ.get(ref.name):
            raise AnsibleLookupError(f"secret in environment variable {ref.name}: it is not set")
        return os.environ[ref.name]

    def _from_vault(self, ref: SecretRef) -> str:
        """One entry of a vault file; Ansible's loader knows the vault passwords of this run."""
        try:
            entries = self._loader.load_from_file(ref.name)
        except AnsibleError as exc:
            raise AnsibleLookupError(f"secret in vault {ref.name}: {exc.message}") from exc
        if not isinstance(entries, Mapping) or ref.key not in entries:
            raise AnsibleLookupError(f"secret in vault {ref.name}: it has no entry {ref.key}")
        return str(entries[ref.key])
