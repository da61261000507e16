# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two places for Talos on a system disk, and what an installer image puts there.

An upgrade writes the slot that is not running and makes it the one that is booted next; when that one does not come
up, the firmware goes back to the other (docs of siderolabs/talos, "Upgrading Talos Linux").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_FACTORY = re.compile(r"/[a-z0-9-]*installer(?:-secureboot)?/(?P<schematic>[0-9a-f]{64})\Z")
_ISO = re.compile(r"/(?:(?P<schematic>[0-9a-f]{64})/)?(?P<tag>v\d+\.\d+\.\d+[^/]*)/(?:metal|nocloud)-[^/]*\.iso\Z")
_TAG = re.compile(r"v\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?\Z")


@dataclass(frozen=True)
class System:
    """A Talos: its version, and the schematic of an image that an Image Factory made.

    ``number`` tells it from one of the same version that was on the disk before it.
    """

    version: str
    schematic: str | None = None
    number: int = 0

    @classmethod
    def of_image(cls, reference: str) -> System | None:
        """What the installer image of this name holds; None when its tag is no version of Talos.

        The lab has no registry, so only the name can tell; a digest behind the tag changes nothing.
        """
        name = reference.partition("@")[0]
        repository, _colon, tag = name.rpartition(":")
        if not _TAG.match(tag):
            return None
        factory = _FACTORY.search(repository)
        return cls(tag, factory["schematic"] if factory else None)

    @classmethod
    def of_iso(cls, url: str) -> System | None:
        """The Talos that the ISO image at ``url`` boots, named as an Image Factory or a release names it; or None."""
        found = _ISO.search(url.partition("?")[0])
        return cls(found["tag"], found["schematic"]) if found and _TAG.match(found["tag"]) else None


@dataclass(frozen=True)
class Slots:
    """``default`` is booted next, ``other`` is there to go back to; ``fresh``: the default was never up yet."""

    default: System | None = None
    other: System | None = None
    fresh: bool = False

    @classmethod
    def load(cls, values: dict[str, object]) -> Slots:
        """From what `dataclasses.asdict` made of it."""
        systems = {
            name: System(**value) if isinstance(value := values.get(name), dict) else None
            for name in ("default", "other")
        }
        return cls(fresh=bool(values.get("fresh")), **systems)

    def upgraded(self, running: System, new: System) -> Slots:
        """``new`` in the slot that is not running."""
        number = running.number + 1 if new.version == running.version else 0
        return Slots(replace(new, number=number), running, fresh=True)

    def reverted(self) -> Slots:
        """The other one is booted again."""
        return Slots(self.other, self.default)

    def proven(self) -> Slots:
        """The default is up."""
        return replace(self, fresh=False)
