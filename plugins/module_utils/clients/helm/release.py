# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases by the ``helm`` program, version 3 or 4: what there is, what would be, and the three verbs.

One builder of flags serves the dry run and the real one. Values go by standard input, credentials by a private
kubeconfig; neither is ever on the command line.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...core.error import Internal, NfviError, NotFound, Unsupported
from ...core.path import Json
from . import program
from .template import Release
from .words import Discretion, error, lacks_a_kind, own_words

MAJORS = (3, 4)
# Would lead helm elsewhere than to the cluster and namespace that we name, or make it print more than its answer.
_MISLEADING = ("HELM_KUBE", "HELM_NAMESPACE", "HELM_DEBUG", "KUBECONFIG")
# helm gives every single operation its timeout; hooks, the objects themselves, and a rollback come one after another.
_OPERATIONS = 4
# Before its answer helm may tell of what it pulled.
_JSON = re.compile(r"^[\[{]", re.MULTILINE)
_AT_MARGIN = re.compile(r"\{|[A-Za-z]+(?=:)")
_NOT_YAML = re.compile(r"\A.*?^(?=---$)", re.MULTILINE | re.DOTALL)


class UnservedKind(NfviError):
    """An object of the chart is of a kind that the cluster does not serve."""

    kind = "not_found"


@dataclass(frozen=True)
class Chart:
    """``ref`` is a folder, an archive, a URL, an OCI reference, or a name in the repository ``repo_url``."""

    ref: str
    version: str = ""
    repo_url: str = ""
    plain_http: bool = False

    def arguments(self) -> list[str]:
        found = [self.ref]
        found += ["--version", self.version] if self.version else []
        found += ["--repo", self.repo_url] if self.repo_url else []
        return [*found, "--plain-http"] if self.plain_http else found


@dataclass(frozen=True)
class Wish:
    """A release as it is wanted; ``timeout`` is in seconds and holds for each of helm's operations."""

    name: str
    namespace: str
    chart: Chart
    values: Mapping[str, Json] = field(default_factory=dict)
    create_namespace: bool = False
    skip_crds: bool = False
    hooks: bool = True
    wait: bool = True
    timeout: int = 300
    atomic: bool = False
    history_max: int = 10

    def flags(self, major: int) -> list[str]:
        """What ``helm upgrade --install`` is told, for the dry run and for the real one."""
        found = ["--install", "--reset-values", "--values", "-", "--history-max", str(self.history_max)]
        found += ["--create-namespace"] if self.create_namespace else []
        found += ["--skip-crds"] if self.skip_crds else []
        found += [] if self.hooks else ["--no-hooks"]
        found += ["--wait"] if self.wait else []
        found += ["--atomic" if major == 3 else "--rollback-on-failure"] if self.atomic else []
        return [*found, "--timeout", f"{self.timeout}s"]


@dataclass(frozen=True)
class Revision:
    """One line of a release's history; ``chart`` is name and version."""

    number: int
    status: str
    chart: str
    app_version: str
    updated: str

    @property
    def pending(self) -> bool:
        """Whether helm is at work on it, or was killed at that."""
        return self.status.startswith("pending-") or self.status == "uninstalling"


@dataclass(frozen=True)
class Helm:
    """helm, for one cluster (none without ``kubeconfig``: then it can only render)."""

    major: int
    kubeconfig: Path | None
    discretion: Discretion

    @classmethod
    def found(cls, kubeconfig: Path | None, discretion: Discretion) -> Helm:
        """The one on PATH; raises `Precondition` without it and `Unsupported` for a version we do not know."""
        said = program.run(["version", "--template", "{{.Version}}"])
        version = said.out.strip().splitlines()[-1] if said.out.strip() else ""
        major = version.removeprefix("v").partition(".")[0]
        if not major.isdigit() or int(major) not in MAJORS:
            raise Unsupported(f"helm on PATH is {version or 'no helm'}; versions 3 and 4 are known")
        return cls(int(major), kubeconfig, discretion)

    def history(self, name: str, namespace: str) -> list[Revision]:
        """Oldest first; empty for a release that is not there."""
        try:
            found = self._json(["history", name, "--namespace", namespace, "--output", "json"])
        except NotFound:
            return []
        return [
            Revision(int(r["revision"]), r["status"], r["chart"], r.get("app_version", ""), r.get("updated") or "")
            for r in found
        ]

    def status(self, name: str, namespace: str, revision: int) -> Json:
        """A revision: ``manifest`` (without hooks) and ``config`` (the values given) among others."""
        where = ["--namespace", namespace, "--revision", str(revision)]
        return self._json(["status", name, *where, "--output", "json"])

    def predicted(self, wish: Wish) -> Json:
        """The release that `upgrade` would make, as the server's dry run has it; ``chart`` is in it too.

        Raises `UnservedKind` for an object whose CustomResourceDefinition is still to come.
        """
        return self._json([*self._upgrading(wish), "--dry-run=server"], _text(wish.values))

    def rendered(self, wish: Wish, kube_version: str, api_versions: Sequence[str], *, is_upgrade: bool) -> str:
        """The same objects without asking the server: for a cluster or kinds that are still to be made."""
        release = Release(
            wish.name,
            wish.namespace,
            include_crds=False,
            kube_version=kube_version,
            api_versions=tuple(api_versions),
            hooks=False,
            is_upgrade=is_upgrade,
        )
        printed = self._run(release.arguments(*wish.chart.arguments()), _text(wish.values))
        return _NOT_YAML.sub("", printed, count=1)

    def chart(self, chart: Chart) -> str:
        """Its Chart.yaml."""
        return self._run(["show", "chart", *chart.arguments()])

    def crds(self, chart: Chart) -> str:
        """The CustomResourceDefinitions of its folders ``crds``, its dependencies' too."""
        return separated(self._run(["show", "crds", *chart.arguments()]))

    def upgrade(self, wish: Wish) -> None:
        """Install the release, or upgrade it."""
        self._run([*self._upgrading(wish)], _text(wish.values), longest=_longest(wish.timeout))

    def rollback(self, name: str, namespace: str, revision: int, timeout: int) -> None:
        """Make a new revision that is like an old one."""
        where = ["--namespace", namespace, "--timeout", f"{timeout}s"]
        self._run(["rollback", name, str(revision), *where], longest=_longest(timeout))

    def uninstall(self, name: str, namespace: str, timeout: int, *, wait: bool) -> None:
        """Delete its objects and its history."""
        where = ["--namespace", namespace, "--timeout", f"{timeout}s", *(["--wait"] if wait else [])]
        self._run(["uninstall", name, *where], longest=_longest(timeout))

    def _upgrading(self, wish: Wish) -> list[str]:
        where = ["--namespace", wish.namespace, "--output", "json"]
        return ["upgrade", wish.name, *wish.chart.arguments(), *where, *wish.flags(self.major)]

    def _json(self, arguments: Sequence[str], given: str = "") -> Json:
        out = self._run(arguments, given)
        start = _JSON.search(out)
        if start is None:
            raise Internal(f"helm {arguments[0]} printed no JSON")
        return json.loads(out[start.start() :])

    def _run(self, arguments: Sequence[str], given: str = "", *, longest: float | None = None) -> str:
        cluster = ["--kubeconfig", str(self.kubeconfig)] if self.kubeconfig else []
        said = program.run([*arguments, *cluster], given, environment=_environment(), longest=longest)
        if said.status:
            words = self.discretion.of(own_words(said.err))
            raise UnservedKind(words) if lacks_a_kind(words) else error(words)
        return said.out


def separated(text: str) -> str:
    """YAML documents that helm 3 prints one after the other with nothing between them (pkg/action/show.go).

    A new one begins where a key at the margin comes again.
    """
    seen: set[str] = set()
    lines = []
    for line in text.splitlines():
        key = _AT_MARGIN.match(line)
        if line.startswith("---"):
            seen.clear()
        elif key and key[0] in seen:
            lines.append("---")
            seen = {key[0]}
        elif key:
            seen.add(key[0])
        lines.append(line)
    return "\n".join(lines) + "\n"


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(_MISLEADING)}


def _longest(timeout: int) -> float:
    return program.LONGEST + _OPERATIONS * timeout


def _text(values: Mapping[str, Json]) -> str:
    """JSON, which is YAML."""
    return json.dumps(values)
