# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of Kubernetes' components in a machine configuration: where each stands, and the same one of a version.

Source: pkg/machinery/config/generate/stdpatches and pkg/cluster/kubernetes of siderolabs/talos.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.path import Json, dig
from .cluster import KUBERNETES_IMAGES
from .documents import Configuration, Identity, identity_of, new_document

# Flavours of the kubelet's image, which stand behind its version.
_FLAVOURS = ("-fat", "-slim")


@dataclass(frozen=True)
class Component:
    """``name`` is the key in a cluster's ``images``, ``program`` the container; ``section`` is where its settings stand
    in the main document, ``kind`` the document that has them from Talos 1.14 on.
    """

    name: str
    program: str
    section: tuple[str, ...]
    kind: str

    def upstream(self, version: str) -> str:
        """The image that is taken when nothing else is said."""
        return KUBERNETES_IMAGES[self.name].format(kubernetes=version)


API_SERVER = Component("kube_apiserver", "kube-apiserver", ("cluster", "apiServer"), "KubeAPIServerConfig")
CONTROLLER_MANAGER = Component(
    "kube_controller_manager",
    "kube-controller-manager",
    ("cluster", "controllerManager"),
    "KubeControllerManagerConfig",
)
SCHEDULER = Component("kube_scheduler", "kube-scheduler", ("cluster", "scheduler"), "KubeSchedulerConfig")
PROXY = Component("kube_proxy", "kube-proxy", ("cluster", "proxy"), "KubeProxyConfig")
KUBELET = Component("kubelet", "kubelet", ("machine", "kubelet"), "KubeletConfig")

# Those that run as static pods, in the order in which they may be newer than one another.
STATIC_PODS = (API_SERVER, CONTROLLER_MANAGER, SCHEDULER)
COMPONENTS = (*STATIC_PODS, PROXY, KUBELET)


def image_of(configuration: Configuration, component: Component) -> str:
    """The image that is configured; empty where Talos chooses one."""
    return str(_settings(configuration, component).get("image") or "")


def is_off(configuration: Configuration, component: Component) -> bool:
    """Whether the configuration says that the component is not to run."""
    settings = _settings(configuration, component)
    return bool(settings.get("disabled")) or settings.get("enabled") is False


def with_image(configuration: Configuration, component: Component, image: str) -> Configuration:
    """The configuration with another image in it, all else as it was."""
    documents = configuration.documents
    if not _in_documents(configuration):
        return Configuration(
            tuple(_set(each, component.section, image) if _is_main(each) else each for each in documents)
        )
    own = Identity(component.kind)
    if configuration.find(own) is None:
        return Configuration((*documents, new_document(component.kind, image=image)))
    return Configuration(tuple({**each, "image": image} if identity_of(each) == own else each for each in documents))


def tag(image: str) -> str:
    """The tag of an image without its flavour; empty where there is none, or a digest stands for it."""
    name, at, _digest = image.partition("@")
    text = "" if at else name.rpartition("/")[2].partition(":")[2]
    return text.removesuffix(_flavour(text))


def retagged(image: str, version: str) -> str:
    """The same image of another version, of the same flavour. It must have a tag."""
    before = image.rpartition(":")[2]
    return f"{image[: -len(before)]}{version}{_flavour(before)}"


def _flavour(text: str) -> str:
    return next((flavour for flavour in _FLAVOURS if text.endswith(flavour)), "")


def _settings(configuration: Configuration, component: Component) -> Mapping[str, Json]:
    if _in_documents(configuration):
        return configuration.find(Identity(component.kind)) or {}
    return dig(configuration.main, component.section) or {}


def _in_documents(configuration: Configuration) -> bool:
    """Whether Kubernetes has documents of its own here. A machine that was upgraded keeps what it had."""
    kinds = {component.kind for component in COMPONENTS}
    return any(document.get("kind") in kinds for document in configuration.documents)


def _is_main(document: Mapping[str, Json]) -> bool:
    return not document.get("kind")


def _set(document: Mapping[str, Json], section: tuple[str, ...], image: str) -> dict[str, Json]:
    """The document with ``image`` in its section; dictionaries on the way are new ones."""
    head, *rest = section
    inner = document.get(head) or {}
    return {**document, head: _set(inner, tuple(rest), image) if rest else {**inner, "image": image}}
