# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A schematic's id and installer image without asking anybody, and, if wanted, the schematic in a factory."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...clients.http.image_factory import ImageFactory
from ...clients.http.reference import is_loopback
from ...clients.http.session import Session
from ...core.change import Change
from ...core.error import Conflict, NfviError, Unreachable, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from ...resources.machine_config.contract import minor
from ...resources.schematic.schematic import Schematic, identify

# As factories name the image (registry API, image-factory docs/api.md).
_PLATFORM = re.compile(r"[a-z][a-z0-9-]*\Z")
_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]+(?:/[a-z0-9._/-]+)?\Z")


@dataclass(frozen=True)
class Wanted:
    """A schematic for a version of Talos; ``registry`` is where machines pull the installer from."""

    schematic: Schematic
    version: str
    secureboot: bool
    platform: str
    factory: str
    registry: str

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        version = given.text("talos_version")
        minor(version, path=("talos_version",))
        factory = _address(given)
        registry, platform = given.text("registry", urlsplit(factory).netloc), given.text("platform", "metal")
        for key, text, form in (("registry", registry, _HOST), ("platform", platform, _PLATFORM)):
            if not form.match(text):
                given.at(key).refuse(f"{text!r} cannot stand in an image reference")
        schematic = Schematic.parse(given.at("schematic"))
        named = version if version.startswith("v") else f"v{version}"
        return cls(schematic, named, given.flag("secureboot"), platform, factory, registry.rstrip("/"))

    @property
    def installer(self) -> str:
        """The image that installs and upgrades a machine."""
        image = f"{self.platform}-installer{'-secureboot' if self.secureboot else ''}"
        return f"{self.registry}/{image}/{self.schematic.id}:{self.version}"


def run(given: Given, _session: None, mode: Mode) -> Result:
    """Name the schematic, look it over, and hand it in where that was asked for."""
    wanted = Wanted.parse(given)
    told: Collection[str] | None = [str(item.value) for item in given.items("known_extensions")]
    known, plan, verified = (told if given.has("known_extensions") else None), Plan(), True
    if given.flag("submit"):
        with Session() as session:
            factory = ImageFactory(wanted.factory, session)
            known, plan, verified = _observed(wanted, factory, known, mode)
            warnings = _look_over(given, wanted, known)
            if mode.apply and plan:
                _submit(wanted, factory)
    else:
        warnings = _look_over(given, wanted, known)
    return Result(plan, verified=verified).warning(*warnings).named("schematic", _described(wanted, mode))


def _observed(
    wanted: Wanted, factory: ImageFactory, known: Collection[str] | None, mode: Mode
) -> tuple[Collection[str] | None, Plan, bool]:
    """The extensions that there are, what is to be done, and whether the factory could say so."""
    create = Plan.of([Change("create", f"schematic {wanted.schematic.id} at {wanted.factory}")])
    try:
        with _about(wanted):
            if known is None and wanted.schematic.extensions:
                known = factory.extensions(wanted.version)
            found = factory.find(wanted.schematic.id)
    except Unreachable:
        if mode.pending:  # a factory of the site's own, which this very run sets up
            return known, create, False
        raise
    if found is not None:
        _compare(wanted, identify(found), found)
    return known, create if found is None else Plan(), True


def _submit(wanted: Wanted, factory: ImageFactory) -> None:
    with _about(wanted):
        found, text = factory.create(wanted.schematic.text)
    _compare(wanted, found, text)


def _compare(wanted: Wanted, found: str, text: str) -> None:
    """Raise `Conflict` when the factory has something else under what ought to be the schematic's id."""
    if found == wanted.schematic.id:
        return
    owner = text.startswith("owner:") and "owner" not in wanted.schematic.content
    hint = "it added its owner: give schematic.owner" if owner else "another version of it may write the YAML otherwise"
    reason = f"the factory calls it {found}"
    raise Conflict(reason, object=f"schematic {wanted.schematic.id} at {wanted.factory}", hint=hint)


def _look_over(given: Given, wanted: Wanted, known: Collection[str] | None) -> list[str]:
    """Warnings; raises `InvalidInput` that lists all findings unless they were to be warnings too."""
    found = list(wanted.schematic.findings(minor(wanted.version), known))
    if given.choice("on_finding", ("fail", "warn"), "fail") == "fail":
        refuse(found)
    return [*map(str, found), *wanted.schematic.remarks()]


def _described(wanted: Wanted, mode: Mode) -> Json:
    schematic = wanted.schematic
    return {"id": schematic.id, "yaml": schematic.shown(mode.masker.mask), "installer": wanted.installer}


def _address(given: Given) -> str:
    """The factory's URL without a slash at its end: over TLS, for what is embedded may be secret."""
    text = given.text("factory", "https://factory.talos.dev").rstrip("/")
    parts = urlsplit(text)
    if parts.username or parts.password:
        given.at("factory").refuse("no user name and password in a URL", hint="write them to ~/.netrc")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.netloc))):
        given.at("factory").refuse(f"{text!r} is not an https URL")
    return text


@contextmanager
def _about(wanted: Wanted) -> Iterator[None]:
    """Every fault inside names the factory and the option with its address."""
    try:
        yield
    except NfviError as error:
        error.about(wanted.factory, path=("factory",))
        raise
