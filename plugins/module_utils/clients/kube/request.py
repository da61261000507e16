# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be asked of the Kubernetes API: frozen requests, made by pure functions.

Every function names the verb as Kubernetes does (k8s.io/kubernetes API concepts: server-side apply, dry run, watch).
``namespace`` may be None for cluster-scoped kinds, and in `page` and `watch` for all namespaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from ...core.path import Json, dig

JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


@dataclass(frozen=True)
class Resource:
    """Where a kind is served: ``kubeovn.io/v1``, ``Subnet``, ``subnets``, and whether it lies in namespaces."""

    group_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str = "") -> str:
        """The URL path of the collection, of one object, or of its subresource."""
        path = f"/apis/{self.group_version}" if "/" in self.group_version else f"/api/{self.group_version}"
        if namespace and self.namespaced:
            path += f"/namespaces/{quote(namespace, safe='')}"
        path += f"/{self.plural}"
        if name is not None:
            path += f"/{quote(name, safe='')}"
        return f"{path}/{subresource}" if subresource else path

    def label(self, name: str, namespace: str | None = None) -> str:
        """``Subnet ran-up`` or ``ConfigMap ns/name``."""
        return f"{self.kind} {namespace}/{name}" if namespace and self.namespaced else f"{self.kind} {name}"


@dataclass(frozen=True)
class Request:
    """One request. ``doing`` and ``object`` say for people what is being done, and to what."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    content_type: str = JSON
    doing: str = ""
    object: str = ""
    accept: str = JSON

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        return self.method != "POST" or "dryRun" in self.query

    @property
    def conditional(self) -> bool:
        """Whether it is meant for one version of the object only, so that it cannot just be sent again."""
        return bool(dig(self.body, ("metadata", "resourceVersion")) or dig(self.body, ("preconditions",)))


def get(resource: Resource, name: str, namespace: str | None = None) -> Request:
    """Read one object."""
    return Request("GET", resource.path(namespace, name), doing="get", object=resource.label(name, namespace))


def page(
    resource: Resource,
    namespace: str | None = None,
    *,
    label_selector: str | None = None,
    field_selector: str | None = None,
    limit: int | None = None,
    continue_: str | None = None,
) -> Request:
    """One page of a list: at most ``limit`` objects, from where ``continue_`` left off."""
    query = _said(labelSelector=label_selector, fieldSelector=field_selector, limit=limit, **{"continue": continue_})
    return Request("GET", resource.path(namespace), query, doing="list", object=_collection(resource, namespace))


def watch(
    resource: Resource,
    namespace: str | None = None,
    *,
    resource_version: str,
    timeout_seconds: int,
    label_selector: str | None = None,
    field_selector: str | None = None,
) -> Request:
    """Changes after ``resource_version``, with bookmarks, for at most ``timeout_seconds``."""
    query = _said(
        watch="1",
        allowWatchBookmarks="true",
        resourceVersion=resource_version,
        timeoutSeconds=timeout_seconds,
        labelSelector=label_selector,
        fieldSelector=field_selector,
    )
    return Request("GET", resource.path(namespace), query, doing="watch", object=_collection(resource, namespace))


def apply(
    resource: Resource,
    manifest: Json,
    *,
    field_manager: str,
    force: bool = False,
    dry_run: bool = False,
    subresource: str = "",
) -> Request:
    """Server-side apply; a field that the schema does not declare is refused."""
    name, namespace = manifest["metadata"]["name"], manifest["metadata"].get("namespace")
    forced = "true" if force else None
    query = _said(fieldManager=field_manager, fieldValidation="Strict", force=forced, **_dry(dry_run))
    path = resource.path(namespace, name, subresource)
    return Request("PATCH", path, query, manifest, APPLY, _doing("apply", dry_run), resource.label(name, namespace))


def create(resource: Resource, manifest: Json, *, field_manager: str, dry_run: bool = False) -> Request:
    """Create; the name may be left to the server (``generateName``)."""
    meta = manifest["metadata"]
    name, namespace = meta.get("name") or meta.get("generateName", ""), meta.get("namespace")
    query = _said(fieldManager=field_manager, fieldValidation="Strict", **_dry(dry_run))
    doing, label = _doing("create", dry_run), resource.label(name, namespace)
    return Request("POST", resource.path(namespace), query, manifest, doing=doing, object=label)


def replace(
    resource: Resource, manifest: Json, *, field_manager: str, dry_run: bool = False, subresource: str = ""
) -> Request:
    """Write the whole object; with a ``resourceVersion`` only over that version."""
    name, namespace = manifest["metadata"]["name"], manifest["metadata"].get("namespace")
    query = _said(fieldManager=field_manager, fieldValidation="Strict", **_dry(dry_run))
    path, doing = resource.path(namespace, name, subresource), _doing("replace", dry_run)
    return Request("PUT", path, query, manifest, doing=doing, object=resource.label(name, namespace))


def merge(
    resource: Resource,
    name: str,
    namespace: str | None,
    patch: Json,
    *,
    field_manager: str,
    dry_run: bool = False,
    subresource: str = "",
) -> Request:
    """JSON merge patch (RFC 7396): for what has no manager, such as a node's cordon."""
    query = _said(fieldManager=field_manager, fieldValidation="Strict", **_dry(dry_run))
    path, doing = resource.path(namespace, name, subresource), _doing("patch", dry_run)
    return Request("PATCH", path, query, patch, MERGE, doing, resource.label(name, namespace))


def delete(
    resource: Resource,
    name: str,
    namespace: str | None = None,
    *,
    uid: str | None = None,
    propagation: str = "Background",
    dry_run: bool = False,
) -> Request:
    """Delete; with ``uid`` only that very object, not one of the same name made since."""
    options = _given(
        apiVersion="v1",
        kind="DeleteOptions",
        propagationPolicy=propagation,
        preconditions={"uid": uid} if uid else None,
        dryRun=["All"] if dry_run else None,
    )
    path, doing = resource.path(namespace, name), _doing("delete", dry_run)
    return Request("DELETE", path, body=options, doing=doing, object=resource.label(name, namespace))


def call(
    resource: Resource, name: str, namespace: str | None, subresource: str, body: Json, *, method: str = "PUT"
) -> Request:
    """A verb that is a subresource (``start``, ``eviction``); a dry run is said in ``body`` if the verb knows one.

    Extension servers need not say what they answer with: go-restful then refuses whoever wants JSON and nothing else
    (virt-api does: 406).
    """
    path, label = resource.path(namespace, name, subresource), resource.label(name, namespace)
    return Request(method, path, body=body, doing=subresource, object=label, accept=f"{JSON}, */*")


def logs(
    name: str,
    namespace: str,
    *,
    container: str | None = None,
    tail_lines: int | None = None,
    since_seconds: int | None = None,
    previous: bool = False,
) -> Request:
    """A pod's log, as text."""
    query = _said(
        container=container,
        tailLines=tail_lines,
        sinceSeconds=since_seconds,
        previous="true" if previous else None,
    )
    path = POD.path(namespace, name, "log")
    return Request("GET", path, query, doing="read the log", object=POD.label(name, namespace), accept="*/*")


def raw(path: str, *, accept: str = JSON, doing: str = "get") -> Request:
    """GET of any path: ``/version``, discovery."""
    return Request("GET", path, doing=doing, object=path, accept=accept)


POD = Resource("v1", "Pod", "pods", True)


def _collection(resource: Resource, namespace: str | None) -> str:
    where = f" in {namespace}" if namespace and resource.namespaced else ""
    return f"{resource.kind} list{where}"


def _doing(verb: str, dry_run: bool) -> str:
    return f"{verb} (dry run)" if dry_run else verb


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}


def _said(**query: str | int | None) -> dict[str, str]:
    return {key: str(value) for key, value in query.items() if value is not None}


def _given(**fields: Json) -> dict[str, Json]:
    return {key: value for key, value in fields.items() if value is not None}
