# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual drives of a server: DMTF's VirtualMedia, wherever a BMC keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...clients.redfish.client import ROOT, Redfish, Resource
from ...core.error import Conflict, Unsupported
from ...core.path import Json, dig

INSERT = "#VirtualMedia.InsertMedia"
EJECT = "#VirtualMedia.EjectMedia"

# MediaTypes of the schema that an ISO image is one of.
_DISCS = {"CD", "DVD"}
# TransferProtocolType by the scheme of the image's URL.
PROTOCOLS = {"http": "HTTP", "https": "HTTPS", "nfs": "NFS", "cifs": "CIFS", "smb": "CIFS"}


@dataclass(frozen=True)
class Drive:
    """A virtual drive for discs. Without the paths of its actions it is changed by PATCH, as older schemas have it.

    ``image`` is empty when it holds nothing; ``protocols`` are those the BMC lists, none when it lists none.
    """

    path: str
    image: str = ""
    inserted: bool = False
    via: str = "NotConnected"
    insert_path: str = ""
    eject_path: str = ""
    protocols: tuple[str, ...] = ()

    @classmethod
    def parse(cls, path: str, body: Mapping[str, Any]) -> Drive:
        """From a VirtualMedia."""
        actions = body.get("Actions") or {}
        listed = dig(actions, (INSERT, "TransferProtocolType@Redfish.AllowableValues"), []) or []
        return cls(
            path=path,
            image=str(body.get("Image") or ""),
            inserted=bool(body.get("Inserted")),
            via=str(body.get("ConnectedVia") or "NotConnected"),
            insert_path=str(dig(actions, (INSERT, "target"), "") or ""),
            eject_path=str(dig(actions, (EJECT, "target"), "") or ""),
            protocols=tuple(str(value) for value in listed),
        )

    @property
    def id(self) -> str:
        """Its name on the BMC."""
        return self.path.rpartition("/")[2]

    @property
    def shared(self) -> bool:
        """Somebody's console session lent it a medium of their own machine (ConnectedVia Applet)."""
        return self.via == "Applet"

    def holds(self, image: str) -> bool:
        """Whether this image is in it."""
        return self.inserted and self.image == image

    def with_image(self, image: str) -> Drive:
        """The same drive with another image, or with none."""
        return replace(self, image=image, inserted=bool(image), via="URI" if image else "NotConnected")

    def as_result(self) -> Json:
        """The entry of a module's result."""
        return {"id": self.id, "image": self.image, "inserted": self.inserted}


def read_drives(system: Resource, redfish: Redfish) -> tuple[Drive, ...]:
    """The drives for discs: the system's own, else those of its managers (which schemas before 2021 know only).

    Raises `Unsupported` when there are none. A BMC that has both shows the same drives at both places.
    """
    for collection in _collections(system, redfish):
        drives = tuple(_discs(collection, redfish))
        if drives:
            return drives
    raise Unsupported("the BMC has no virtual drive for a CD", hint="some BMCs have it with another licence only")


def chosen(drives: Sequence[Drive], image: str) -> Drive:
    """The drive for ``image``: where it is already, else an empty one, else the first; raises `Conflict`."""
    for fits in (lambda drive: drive.holds(image), lambda drive: not drive.inserted, lambda drive: not drive.shared):
        found = next((drive for drive in drives if fits(drive)), None)
        if found is not None:
            return found
    raise lent(drives[0])


def lent(drive: Drive) -> Conflict:
    """The refusal to take away what somebody else put there by hand."""
    return Conflict(f"virtual drive {drive.id} is in use by a console session", hint="close the session on the BMC")


def _collections(system: Resource, redfish: Redfish) -> Iterator[str]:
    own = dig(system.body, ("VirtualMedia", "@odata.id"))
    if own:
        yield str(own)
    for manager in _managers(system, redfish):
        its = dig(redfish.get(manager).body, ("VirtualMedia", "@odata.id"))
        if its:
            yield str(its)


def _managers(system: Resource, redfish: Redfish) -> list[str]:
    """The managers of the system; where the BMC does not link them, the only one that it has."""
    linked = [str(link["@odata.id"]) for link in dig(system.body, ("Links", "ManagedBy"), []) or []]
    if linked:
        return linked
    managers = dig(redfish.get(ROOT).body, ("Managers", "@odata.id"))
    found = list(redfish.members(str(managers))) if managers else []
    return found if len(found) == 1 else []


def _discs(collection: str, redfish: Redfish) -> Iterator[Drive]:
    for path in redfish.members(collection):
        body = redfish.get(path).body
        types = set(body.get("MediaTypes") or _DISCS)
        if types & _DISCS:
            yield Drive.parse(path, body)
