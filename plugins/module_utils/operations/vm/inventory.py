# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines as hosts: two list requests a namespace, or two in all, however many there are."""

from __future__ import annotations

import pathlib

from ...clients.kube.client import KubeClient
from ...clients.kube.config import cluster
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...resources.kubevirt.inventory import FAMILIES, Host, Reach, host
from .look import Wanted, look

# Options that are paths, which are meant from where the inventory file lies.
_PATHS = ("kubeconfig", "ca_cert", "client_cert", "client_key")


def hosts(given: Given, base: pathlib.Path) -> list[Host]:
    """The machines that the options of an inventory file, which lies in ``base``, ask for."""
    reach = Reach(given.text("interface", ""), given.choice("address_family", ("", *FAMILIES), ""))
    client = KubeClient(cluster(_absolute(given.value, base)))
    selector = ",".join(given.get("label_selectors", [])) or None
    found = [
        seen
        for namespace in given.names("namespaces") or (None,)
        for seen in look(client, Wanted(namespace, {}, selector), Mode()).seen
    ]
    return [host(seen, reach) for seen in found if seen.phase == "Running" or not given.flag("only_running")]


def _absolute(options: Json, base: pathlib.Path) -> Json:
    paths = {key: str(base / pathlib.Path(options[key]).expanduser()) for key in _PATHS if options.get(key)}
    return {**options, **paths}
