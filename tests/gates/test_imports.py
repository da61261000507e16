# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may import the adapter, Ansible, and each third-party library; for the layers see pyproject.toml."""

from __future__ import annotations

import sys

import grimp
import pytest

PLUGINS = "ansible_collections.kubevim.nfvi.plugins"
UTILS = f"{PLUGINS}.module_utils"

# Library -> the packages that may import it, and nobody else: replacing one must stay the work of one place.
ALLOWED = {
    f"{UTILS}.adapter": ("modules", "action", "inventory", "lookup", "filter", "callback", "module_utils.adapter"),
    "ansible": ("modules", "action", "inventory", "lookup", "filter", "callback", "module_utils.adapter"),
    "cryptography": (
        "module_utils.clients",
        "module_utils.resources.machine_config",
        "module_utils.resources.talos_pki",
    ),
    "google": ("module_utils.clients.talos",),
    "grpclib": ("module_utils.clients.talos",),
    "h2": ("module_utils.clients.talos",),
    "kubernetes": ("module_utils.clients.kube",),
    "netaddr": ("module_utils.core", "module_utils.resources", "module_utils.sites", "module_utils.mano"),
    "requests": ("module_utils.clients.redfish", "module_utils.clients.http"),
    "urllib3": ("module_utils.clients.kube", "module_utils.clients.redfish"),
    "yaml": ("module_utils.core",),
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """All imports of the collection's plugins, third-party libraries included."""
    return grimp.build_graph(PLUGINS, include_external_packages=True, cache_dir=None)


def importers(graph: grimp.ImportGraph, module: str) -> set[str]:
    inside = {module} | (graph.find_descendants(module) if module.startswith(PLUGINS) else set())
    return set().union(*(graph.find_modules_that_directly_import(each) for each in inside))


def in_package(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == f"{PLUGINS}.{each}" or module.startswith(f"{PLUGINS}.{each}.") for each in packages)


@pytest.mark.parametrize("imported", sorted(ALLOWED))
def test_is_imported_only_where_it_belongs(graph: grimp.ImportGraph, imported: str) -> None:
    if imported not in graph.modules:
        return
    strangers = {each for each in importers(graph, imported) if not in_package(each, ALLOWED[imported])}
    assert not strangers, f"{imported} is imported by {sorted(strangers)}; allowed: {ALLOWED[imported]}"


def test_every_third_party_library_has_its_place(graph: grimp.ImportGraph) -> None:
    external = {each for each in graph.modules if graph.is_module_squashed(each)}
    unknown = external - set(ALLOWED) - set(sys.stdlib_module_names)
    assert not unknown, f"libraries without a place in ALLOWED: {sorted(unknown)}"
