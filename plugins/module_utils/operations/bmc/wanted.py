# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user wants of which servers: parsed, and refused where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ...core.error import Finding, refuse
from ...core.given import Given
from ...core.path import Path

# Our words for Redfish's BootSource (ComputerSystem schema).
BOOT_SOURCES = {
    "none": "None",
    "pxe": "Pxe",
    "hdd": "Hdd",
    "cd": "Cd",
    "uefi_http": "UefiHttp",
    "bios": "BiosSetup",
}
STATES = ("on", "off", "restarted", "cycled")

_SYSTEM = re.compile(r"/redfish/v1/Systems/[^/]+\Z")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")


@dataclass(frozen=True)
class Bmc:
    """A server and the BMC that manages it. ``system`` is the path of its ComputerSystem where the user names one."""

    name: str
    url: str
    system: str
    username: str
    password: str = field(repr=False)
    ca_cert: str | None = None
    validate_certs: bool = True
    macs: tuple[str, ...] = ()
    path: Path = ()

    @classmethod
    def parse(cls, given: Given) -> Bmc:
        """From an entry of ``bmcs``."""
        parts = _url(given.at("url"), given.text("url"))
        return cls(
            name=given.name("name"),
            url=f"https://{parts.netloc}",
            system=parts.path.rstrip("/"),
            username=given.text("username"),
            password=given.text("password"),
            ca_cert=given.text("ca_cert", "") or None,
            validate_certs=given.flag("validate_certs", True),
            macs=tuple(_mac(item) for item in given.items("macs")),
            path=given.path,
        )

    @property
    def object(self) -> str:
        """How errors and actions name it."""
        return f"server {self.name}"


@dataclass(frozen=True)
class Wanted:
    """The state to reach. ``boot`` is a Redfish BootSource, or None to leave the boot source alone.

    ``force_after`` and ``wait_timeout`` are seconds.
    """

    state: str
    boot: str | None = None
    once: bool = True
    force_after: int = 120
    wait_timeout: int = 300

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From the module's options."""
        state = given.choice("state", STATES, "on")
        if state == "off" and given.has("boot_source"):
            given.at("boot_source").refuse("a server that is switched off does not boot", hint="leave it out")
        return cls(
            state=state,
            boot=BOOT_SOURCES[given.choice("boot_source", BOOT_SOURCES)] if given.has("boot_source") else None,
            once=given.flag("boot_once", True),
            force_after=given.integer("force_after", 120, low=0),
            wait_timeout=given.integer("wait_timeout", 300, low=1),
        )

    @property
    def enabled(self) -> str:
        """Redfish's BootSourceOverrideEnabled that goes with ``boot``."""
        if self.boot == "None":
            return "Disabled"
        return "Once" if self.once else "Continuous"


def parse_bmcs(given: Given) -> tuple[Bmc, ...]:
    """All servers; raises `InvalidInput` when two have the same name or are the same machine."""
    bmcs = given.each("bmcs", Bmc.parse)
    if not bmcs:
        given.at("bmcs").refuse("no server is given")
    refuse(
        [*_repeated(bmcs, "name", [bmc.name for bmc in bmcs]), *_repeated(bmcs, "url", [_place(bmc) for bmc in bmcs])]
    )
    return bmcs


def same_mac(text: str) -> str:
    """A MAC address as Linux writes it, whatever case and separators it has."""
    return re.sub(r"[-.:]", ":", text.strip().lower())


def _url(given: Given, text: str) -> SplitResult:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        given.refuse(f"{text!r} is not the URL of a BMC", hint="https://<address>[:<port>]")
    if parts.username or parts.password:
        given.refuse("a URL with credentials ends up in logs", hint="use username and password")
    if parts.path.rstrip("/") and not _SYSTEM.match(parts.path.rstrip("/")):
        given.refuse(f"{parts.path!r} is not the path of a system", hint="/redfish/v1/Systems/<id>, or none")
    return parts


def _mac(given: Given) -> str:
    mac = same_mac(str(given.value))
    if not _MAC.match(mac):
        given.refuse(f"{given.value!r} is not a MAC address", hint="like 02:00:5e:10:00:01")
    return mac


def _place(bmc: Bmc) -> str:
    return bmc.url.lower() + bmc.system


def _repeated(bmcs: Sequence[Bmc], key: str, values: Sequence[str]) -> Iterator[Finding]:
    for index, value in enumerate(values):
        first = values.index(value)
        if first != index:
            yield Finding((*bmcs[index].path, key), f"{value} is already that of {bmcs[first].object}")
