# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images on machines before anybody needs them: what is missing is pulled, on all machines at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...clients.talos.connection import Connection
from ...core.change import Change
from ...core.error import NfviError, NotFound, Precondition, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from .talos_image_names import Image
from .talos_nodes import label, named
from .talos_session import TalosSession, values
from .talos_wait import patiently

# Names that talosctl gives to containerd's namespaces.
NAMESPACES = {"cri": "NS_CRI", "system": "NS_SYSTEM"}

Names = Mapping[str, Json]


@dataclass(frozen=True)
class Wanted:
    """Images, and the namespace to have them in; ``timeout`` seconds for each."""

    images: tuple[Image, ...]
    namespace: str
    timeout: float

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From ``images``, ``namespace`` and ``pull_timeout``; refuses what is no reference, or named twice."""
        images = tuple(Image.parse(item) for item in given.items("images"))
        for index, image in enumerate(images):
            if image in images[:index]:
                given.items("images")[index].refuse(f"{image} is named twice")
        namespace = given.choice("namespace", NAMESPACES, "cri")
        return cls(images, namespace, float(given.integer("pull_timeout", 600, low=1)))


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Pull what is missing, and tell what is there."""
    wanted, addresses = Wanted.parse(given), named(given)
    seen = _observe(wanted, addresses, session, mode, float(given.integer("reach_timeout", 60, low=0)))
    steps = {address: plan_images(wanted, address, seen[address]) for address in addresses}
    plan = Plan.of(change for changes in steps.values() for change in changes.values())
    if mode.apply and plan:
        _pull(wanted, [address for address in addresses if steps[address]], steps, session, mode)
        seen = _observe(wanted, addresses, session, mode, 0.0)
    nodes = [_described(wanted, address, seen[address], mode) for address in addresses]
    result = Result(plan, verified=None not in seen.values()).named("namespace", wanted.namespace)
    return result.named("nodes", nodes)


def plan_images(wanted: Wanted, address: str, there: Names | None) -> dict[Image, Change]:
    """The pulls on one machine. ``there`` are its images by name, None for a machine that is not there yet."""
    missing = [image for image in wanted.images if there is None or image.among(there) is None]
    return {image: Change("pull", f"image {image} on {label(address)}") for image in missing}


def _observe(
    wanted: Wanted, addresses: list[str], session: TalosSession, mode: Mode, patience: float
) -> dict[str, Names | None]:
    """Every machine's images by name; None in check mode for one that this very run will start or configure."""
    if mode.pending and not session.there:
        return dict.fromkeys(addresses)

    async def look(connection: Connection, maintenance: bool) -> Names:
        if maintenance:
            raise Precondition("is in maintenance mode", object=connection.name, hint="it has no images yet")
        return {each["name"]: each for each in await connection.images(NAMESPACES[wanted.namespace])}

    outcomes = patiently(lambda some: session.each(some, look), addresses, mode, patience if mode.apply else 0.0)
    absent = [mode.pending and isinstance(outcome, (Unreachable, Precondition)) for outcome in outcomes]
    there = iter(values(outcome for outcome, gone in zip(outcomes, absent, strict=True) if not gone))
    return {address: None if gone else next(there) for address, gone in zip(addresses, absent, strict=True)}


def _pull(
    wanted: Wanted,
    addresses: Sequence[str],
    steps: Mapping[str, Mapping[Image, Change]],
    session: TalosSession,
    mode: Mode,
) -> None:
    """One image after the other on each machine: they would share its line. What was pulled stays."""
    done: list[str] = []

    async def pull(connection: Connection, _maintenance: bool) -> None:
        for image, change in steps[str(connection.target)].items():
            try:
                await connection.image_pull(NAMESPACES[wanted.namespace], str(image), wanted.timeout)
            except NfviError as error:
                raise _about(error, image, connection.name) from error
            done.append(str(change))
            mode.progress(str(change))

    try:
        values(session.each(addresses, pull))
    except NfviError as error:
        error.after(done)
        raise


def _about(error: NfviError, image: Image, name: str) -> NfviError:
    """A fault that names the image; for one that no registry has, the place where the user named it."""
    reason = f"cannot pull {image}: {error.reason}"
    path = image.path if isinstance(error, NotFound) else ()
    return type(error)(reason, object=name, path=path, hint=error.hint, retryable=error.retryable)


def _described(wanted: Wanted, address: str, there: Names | None, mode: Mode) -> Json:
    """A machine's images for people; in check mode those that would be pulled are there already, without a digest."""
    known = dict(there or {})
    coming = [str(image) for image in wanted.images if not mode.apply and image.among(known) is None]
    images = [*known.values(), *({"name": name, "digest": None, "size": None} for name in coming)]
    return {"address": address, "images": sorted(images, key=_name)}


def _name(image: Json) -> str:
    return str(image["name"])
