# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A component of the platform, as its makers publish it, brought to a state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...clients.http.session import Session
from ...core.error import refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, dig, prune
from ...core.result import Result
from ...engine.converge import Converged, Kube
from ...resources.manifests import rendered
from ...resources.manifests.files import File
from ...resources.manifests.images import Replacements, images, unpinned
from ...resources.manifests.placed import Placed, without
from .chart import Chart
from .reader import Reader, objects_of
from .source import Source


@dataclass(frozen=True)
class Published:
    """What the sources hold: objects with their places, and each source with its digest; ``hooks`` are a chart's."""

    objects: tuple[Placed, ...]
    sources: tuple[Json, ...]
    hooks: tuple[Placed, ...] = ()

    def without_hooks(self) -> Published:
        """Hooks apart from what is installed."""
        return replace(
            self,
            objects=tuple(each for each in self.objects if not rendered.hooks_of(each)),
            hooks=tuple(each for each in self.objects if rendered.hooks_of(each)),
        )


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every object of the component present, its images by digest; or absent."""
    state, replacements = given.text("state"), Replacements(given.at("images"))
    published = _published(given, mode.progress)
    rest, findings = without(published.objects, given.get("exclude", []))
    refuse(findings)
    wanted = [replacements.apply(each) for each in rest]
    if state == "present":
        refuse(replacements.unused(rest))
        refuse(unpinned(wanted) if given.flag("require_digests", True) else [])
    converged = kube.converge([(each.path, each.manifest) for each in wanted], state, mode)
    return _result(converged, published, wanted).warning(*_about_hooks(published))


def _published(given: Given, progress: Callable[[str], None]) -> Published:
    """Reads every source, and each of them once."""
    name = given.text("name")
    with Session() as session:
        reader = Reader(session, lambda line: progress(f"{name}: {line}"))
        if given.has("chart"):
            chart = Chart.parse(given.at("chart"), name, given.text("namespace", "default"))
            return _gathered([(chart.source, *reader.rendered(chart))]).without_hooks()
        return _gathered([(source, *reader.manifests(source)) for source in given.each("manifests", Source.parse)])


def _gathered(read: list[tuple[Source, list[File], str]]) -> Published:
    return Published(
        objects=tuple(each for source, files, _digest in read for each in objects_of(source, files)),
        sources=tuple({"source": source.place, "sha256": digest} for source, _files, digest in read),
    )


def _result(converged: Converged, published: Published, wanted: list[Placed]) -> Result:
    """Small, for there may be hundreds of objects: what they are called, and the conditions they are in."""
    used = {reference for each in wanted for _path, reference in images(each)}
    return (
        Result(converged.plan, verified=converged.verified)
        .named("objects", [_summary(each) for each in converged.objects])
        .named("images", sorted(used))
        .named("sources", list(published.sources))
    )


def _summary(live: Json) -> Json:
    meta = prune(name=live["metadata"]["name"], namespace=live["metadata"].get("namespace"))
    conditions = dig(live, ("status", "conditions"))
    status = {"status": {"conditions": conditions}} if conditions else {}
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": meta, **status}


def _about_hooks(published: Published) -> list[str]:
    left_out = rendered.left_out(published.hooks)
    return [f"hooks of the chart are not run: {', '.join(left_out)}"] if left_out else []
