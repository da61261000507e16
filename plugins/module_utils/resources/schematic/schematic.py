# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A schematic: what an Image Factory builds into a Talos image (image-factory pkg/schematic/schematic.go)."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ...core.error import Finding
from ...core.given import Given
from ...core.path import Json, Path, dig, prune, put
from . import canonical, kernel_args

_CUSTOMIZATION = (
    "embeddedMachineConfiguration",
    "extraKernelArgs",
    "meta",
    "systemExtensions",
    "bootloader",
    "secureboot",
    "diskImage",
)
_BOOTLOADERS = ("auto", "dual-boot", "sd-boot", "grub")
_ENROLLING = ("off", "manual", "if-safe", "force")
_ARGS: Path = ("customization", "extraKernelArgs")
_EXTENSIONS: Path = ("customization", "systemExtensions", "officialExtensions")
# It may hold keys and tokens of a cluster.
_SECRET: Path = ("customization", "embeddedMachineConfiguration")


@dataclass(frozen=True)
class Schematic:
    """``content`` has the factory's names in the factory's order, without anything that is empty."""

    content: Mapping[str, Json]
    path: Path = ()

    @classmethod
    def parse(cls, given: Given) -> Schematic:
        """In the words of a factory; raises `InvalidInput` for keys and values that it would refuse."""
        given.only(("owner", "overlay", "customization"))
        content = prune(owner=_text(given, "owner"), overlay=given.maybe("overlay", _overlay))
        return cls({**content, "customization": _customization(given.at("customization"))}, given.path)

    @property
    def text(self) -> str:
        """The canonical YAML, which the id is made of."""
        return canonical.text(self.content)

    @property
    def id(self) -> str:
        """Its name in every factory: 64 hexadecimal digits."""
        return identify(self.text)

    @property
    def kernel_args(self) -> list[str]:
        return list(dig(self.content, _ARGS) or [])

    @property
    def extensions(self) -> list[str]:
        return list(dig(self.content, _EXTENSIONS) or [])

    def shown(self, mask: Json) -> str:
        """The text for people; ``mask`` is a function that stands for an embedded machine configuration."""
        secret = dig(self.content, _SECRET)
        return canonical.text(put(self.content, _SECRET, mask(secret))) if secret else self.text

    def findings(self, version: tuple[int, int], known: Collection[str] | None) -> Iterator[Finding]:
        """What does not do what it seems to; ``known`` are the extensions of that version, if anybody told."""
        yield from kernel_args.findings(self.kernel_args, version, (*self.path, *_ARGS))
        seen: set[str] = set()
        for index, name in enumerate(self.extensions):
            reason = "is there twice" if name in seen else _unknown(name, known)
            seen.add(name)
            if reason:
                yield Finding((*self.path, *_EXTENSIONS, index), f"{name!r} {reason}")

    def remarks(self) -> Iterator[str]:
        """What is worth knowing, though nothing is wrong with it."""
        line = kernel_args.regrouped(self.kernel_args)
        if line:
            yield f"the factory puts arguments of one name side by side; the kernel gets: {line}"
        doubtful = sorted({text for text in _every_text(self.content) if canonical.unsettled(text)})
        if doubtful:
            yield f"factories of August 2026 quote {', '.join(map(repr, doubtful))} otherwise and give another id"


def identify(text: str) -> str:
    """The id of a schematic in its canonical form."""
    return hashlib.sha256(text.encode()).hexdigest()


def _customization(given: Given) -> dict[str, Json]:
    given.only(_CUSTOMIZATION)
    bootloader = given.choice("bootloader", _BOOTLOADERS, "auto")
    return prune(
        embeddedMachineConfiguration=_text(given, "embeddedMachineConfiguration"),
        extraKernelArgs=_texts(given, "extraKernelArgs"),
        meta=list(given.each("meta", _meta)),
        systemExtensions=given.maybe("systemExtensions", _extensions),
        bootloader="" if bootloader == "auto" else bootloader,
        secureboot=given.maybe("secureboot", _secureboot),
        diskImage=given.maybe("diskImage", _disk_image),
    )


def _meta(given: Given) -> dict[str, Json]:
    given.only(("key", "value"))
    if not given.has("value"):
        given.at("value").refuse("is required")
    return {"key": given.integer("key", low=0, high=255), "value": _text(given, "value")}


def _extensions(given: Given) -> dict[str, Json]:
    return prune(officialExtensions=_texts(given.only(("officialExtensions",)), "officialExtensions"))


def _secureboot(given: Given) -> dict[str, Json]:
    given.only(("enrollKeys", "includeWellKnownCertificates"))
    known = given.flag("includeWellKnownCertificates")
    enrolling = given.choice("enrollKeys", _ENROLLING) if given.has("enrollKeys") else ""
    return prune(enrollKeys=enrolling, includeWellKnownCertificates=known or None)


def _disk_image(given: Given) -> dict[str, Json]:
    size = given.only(("sectorSize",)).integer("sectorSize", 0, low=0, high=65536)
    return prune(sectorSize=size or None)


def _overlay(given: Given) -> dict[str, Json]:
    given.only(("image", "name", "options"))
    for key in ("image", "name"):
        given.text(key)
    named = {"image": _text(given, "image"), "name": _text(given, "name")}
    return {**named, **prune(options=_options(given.at("options")))}


def _options(given: Given) -> Json:
    """Whatever the overlay understands, its keys in the order in which Go writes a map."""
    if isinstance(given.value, Mapping):
        for key in given.value:
            if "\n" in _writable(Given(key, given.path)):
                given.refuse(f"the key {key!r} has several lines")
        return {key: _options(given.at(key)) for key in canonical.in_order(given.value)}
    if isinstance(given.value, list):
        return [_options(Given(item, (*given.path, index))) for index, item in enumerate(given.value)]
    if isinstance(given.value, float) or (given.value is None and given.path[-1] != "options"):
        given.refuse(f"{given.value!r} is neither a text nor a whole number", hint="quote it")
    return _writable(given) if isinstance(given.value, str) else given.value


def _texts(given: Given, key: str) -> list[str]:
    return [_writable(item) for item in given.items(key)]


def _text(given: Given, key: str) -> str:
    return _writable(given.at(key)) if given.has(key) else ""


def _writable(given: Given) -> str:
    """A text that every factory writes in the same way."""
    if not isinstance(given.value, str):
        given.refuse(f"{given.value!r} is not a text", hint="quote it")
    reason = canonical.unwritable(given.value)
    if reason:
        given.refuse(reason)
    return given.value


def _every_text(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _every_text(item)


def _unknown(name: str, known: Collection[str] | None) -> str:
    if known is None:
        return "" if "/" in name else f"is no extension's name, which is for example siderolabs/{name}"
    if name in known:
        return ""
    near = difflib.get_close_matches(name, known, 1)
    return f"is no extension of this version{f'; did you mean {near[0]}?' if near else ''}"
