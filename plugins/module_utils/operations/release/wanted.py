# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release as its user writes it down: refused early where helm would refuse late, or take it for something else."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from ...clients.helm.program import NAME_HINT, is_release_name
from ...clients.helm.release import Chart, Wish
from ...core.error import InvalidInput
from ...core.given import Given
from ...core.kubectl_yaml import documents
from ...core.path import Json

OCI = "oci://"


def wish(given: Given) -> Wish:
    """What is asked of helm; the values of all files and the given ones are one already."""
    return Wish(
        name=name(given),
        namespace=given.name("namespace"),
        chart=_chart(given),
        values=merged(_sources(given)),
        create_namespace=given.flag("create_namespace"),
        skip_crds=given.text("crds", "install") != "install",
        hooks=not given.flag("disable_hooks"),
        wait=given.flag("wait", True),
        timeout=given.integer("wait_timeout", 300, low=1),
        atomic=given.flag("atomic"),
        history_max=given.integer("history_max", 10, low=0),
    )


def name(given: Given) -> str:
    """The release's name."""
    found = given.text("name")
    if not is_release_name(found):
        given.at("name").refuse(f"{found!r} is no name of a release", hint=NAME_HINT)
    return found


def merged(sources: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """Later ones over earlier ones, mapping by mapping, as helm lays ``--values`` over each other (pkg/cli/values)."""
    found: dict[str, Json] = {}
    for source in sources:
        found = _over(found, source)
    return found


def _over(below: Mapping[str, Json], above: Mapping[str, Json]) -> dict[str, Json]:
    out = dict(below)
    for key, value in above.items():
        old = out.get(key)
        out[key] = _over(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return out


def _sources(given: Given) -> Iterator[Mapping[str, Json]]:
    for place in given.items("values_files"):
        yield _read(place)
    yield given.get("values", {})


def _read(place: Given) -> Mapping[str, Json]:
    file = pathlib.Path(str(place.value)).expanduser()
    try:
        found = [value for _line, value in documents(file.read_bytes(), file.name)]
    except OSError as exc:
        place.refuse(f"{file}: {exc.strerror}")
    except InvalidInput as error:
        raise error.about("", path=place.path) from None
    if len(found) > 1 or not all(isinstance(value, Mapping) for value in found):
        place.refuse(f"{file}: one mapping is expected")
    return found[0] if found else {}


def _chart(given: Given) -> Chart:
    ref, repo = given.text("chart_ref"), given.text("chart_repo_url", "")
    if not ref or ref.startswith("-"):
        given.at("chart_ref").refuse(f"{ref!r} is no chart")
    for option, url in (("chart_ref", ref), ("chart_repo_url", repo)):
        _refuse_unsafe(given.at(option), url)
    if repo and "://" in ref:
        given.at("chart_ref").refuse("is a name where chart_repo_url is given, not a URL")
    if not repo and "://" not in ref:
        ref = _on_disk(given, ref)
    return Chart(ref, given.text("chart_version", ""), repo, given.flag("plain_http"))


def _on_disk(given: Given, ref: str) -> str:
    """The path of a chart that lies there; else it is ``repository/name`` of a repository that helm knows."""
    place = pathlib.Path(ref).expanduser()
    if place.exists():
        return str(place.absolute())
    if ref.startswith((".", "/", "~")) or ref.count("/") != 1:
        given.at("chart_ref").refuse(f"{place}: there is no chart", hint="or is chart_repo_url missing?")
    return ref


def _refuse_unsafe(place: Given, url: str) -> None:
    """The command line, on which a URL stands, can be read by everybody."""
    if "://" not in url:
        return
    parts = urlsplit(url)
    if parts.username or parts.password:
        place.refuse("no user name and password in a URL", hint="helm registry login, or helm repo add")
    if parts.scheme not in ("https", "http", "oci") or not parts.hostname:
        place.refuse(f"{url!r} is neither an http(s) URL nor an OCI reference")
