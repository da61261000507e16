# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user wants servers to find when they start next: parsed, and refused where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ...core.given import Given
from .media import PROTOCOLS


@dataclass(frozen=True)
class Media:
    """What the virtual drives are to hold. ``image`` is empty for an ejection of whatever there is.

    ``boot``: the next start is from it. ``username`` and ``password`` are for the server that has the image.
    """

    inserted: bool
    image: str = ""
    boot: bool = True
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, given: Given) -> Media:
        """From the option ``media``."""
        inserted = given.choice("state", ("inserted", "ejected"), "inserted") == "inserted"
        if inserted and not given.has("image"):
            given.at("image").refuse("is required to insert one")
        if given.has("username") != given.has("password"):
            given.refuse("username and password go together")
        return cls(
            inserted=inserted,
            image=_image(given.at("image"), given.text("image")) if given.has("image") else "",
            boot=given.flag("boot", True),
            username=given.text("username", ""),
            password=given.text("password", ""),
        )

    @property
    def protocol(self) -> str:
        """Redfish's TransferProtocolType of the image's URL."""
        return PROTOCOLS[urlsplit(self.image).scheme]


@dataclass(frozen=True)
class Wanted:
    """``bios`` is kept as it was given: only the registry of each BIOS tells what its values mean."""

    media: Media | None = None
    bios: Given | None = None
    wait_timeout: int = 300

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From the module's options."""
        media, bios = given.maybe("media", Media.parse), given.at("bios")
        if bios.value is not None and not isinstance(bios.value, Mapping):
            bios.refuse("a mapping of attributes to their values is expected")
        if media is None and not bios.value:
            given.refuse("nothing is asked for", hint="give media, bios or both")
        return cls(media, bios if bios.value else None, given.integer("wait_timeout", 300, low=1))


def _image(given: Given, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in PROTOCOLS or not parts.hostname or not parts.path.strip("/"):
        given.refuse(f"{text!r} is not the URL of an image", hint=f"one of {', '.join(PROTOCOLS)}://<server>/<path>")
    if parts.username or parts.password:
        given.refuse("a URL with credentials ends up in logs", hint="use username and password")
    return text
