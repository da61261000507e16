# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tables of kinds say of single fields: each makes a `Check`, a function from a manifest to what is wrong with it.

A field that is absent is wrong only where `required` says so.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from ..core.error import Finding
from ..core.path import Json, Path, dig, every, parse
from .kind import Check

# What makes a text an address, a network and so on: ValueError when it is none.
Reader = Callable[[str], object]


def required(*paths: str) -> Check:
    """Each of ``paths`` has a value."""
    wanted = [parse(path) for path in paths]

    def check(manifest: Json) -> Iterator[Finding]:
        for path in wanted:
            if dig(manifest, path) in (None, "", [], {}):
                yield Finding(path, "is required")

    return check


def one_of(path: str, *allowed: str) -> Check:
    """Every value at ``path`` is one of ``allowed``; an empty text says nothing."""
    where = parse(path)

    def check(manifest: Json) -> Iterator[Finding]:
        for place, value in every(manifest, where):
            if value not in ("", None, *allowed):
                yield Finding(place, f"{value!r} is not one of {', '.join(allowed)}")

    return check


def within(path: str, low: int, high: int) -> Check:
    """Every number at ``path``, which may be written as a text, lies in ``low`` … ``high``."""
    where = parse(path)

    def check(manifest: Json) -> Iterator[Finding]:
        for place, value in every(manifest, where):
            if value not in ("", None) and not _between(value, low, high):
                yield Finding(place, f"{value!r} is not within {low} … {high}")

    return check


def _between(value: Json, low: int, high: int) -> bool:
    text = str(value)
    return not isinstance(value, bool) and text.lstrip("-").isdecimal() and low <= int(text) <= high


def reads(path: str, *readers: Reader) -> Check:
    """Every text at ``path`` is understood by one of ``readers``; if not, the last one's words are told."""
    where = parse(path)

    def check(manifest: Json) -> Iterator[Finding]:
        for place, value in every(manifest, where):
            wrong = _misread(value, readers) if value not in ("", None) else ""
            if wrong:
                yield Finding(place, wrong)

    return check


def _misread(value: Json, readers: tuple[Reader, ...]) -> str:
    wrong = ""
    for read in readers:
        try:
            read(str(value))
        except ValueError as exc:
            wrong = str(exc)
        else:
            return ""
    return wrong


def address(path: str) -> Check:
    """An IP address, or for dual stack one of each family joined by a comma."""
    return reads(path, addresses)


def network(path: str) -> Check:
    """A CIDR, host bits or not, or for dual stack one of each family joined by a comma."""
    return reads(path, networks)


def addresses(text: str) -> list[object]:
    """The addresses of a comma-separated text; ValueError when one is none."""
    return [ipaddress.ip_address(part.strip()) for part in text.split(",")]


def networks(text: str) -> list[object]:
    """The networks of a comma-separated text; ValueError when one is none."""
    return [ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",")]


def not_both(first: str, second: str, why: str = "") -> Check:
    """At most one of the two fields says something."""
    here, there = parse(first), parse(second)

    def check(manifest: Json) -> Iterator[Finding]:
        if dig(manifest, here) and dig(manifest, there):
            yield Finding(there, f"excludes {first}" + (f": {why}" if why else ""))

    return check


def ordered(low: str, high: str) -> Check:
    """The number at ``low`` is not above its neighbour at ``high``: two paths that differ in their last step only."""
    where, name = parse(low), parse(high)[-1]

    def check(manifest: Json) -> Iterator[Finding]:
        for place, value in every(manifest, where):
            other = dig(manifest, (*place[:-1], name))
            if isinstance(value, int) and isinstance(other, int) and value > other:
                yield Finding(place, f"{value} is above {name} {other}")

    return check


def never(path: str, why: str) -> Check:
    """Nobody but its own controller writes the field."""
    where = parse(path)

    def check(manifest: Json) -> Iterator[Finding]:
        if dig(manifest, where) is not None:
            yield Finding(where, why)

    return check


def short_name(limit: int, why: str) -> Check:
    """The object's name has at most ``limit`` characters."""
    path: Path = ("metadata", "name")

    def check(manifest: Json) -> Iterator[Finding]:
        name = str(manifest["metadata"]["name"])
        if len(name) > limit:
            yield Finding(path, f"{name!r} has more than {limit} characters: {why}")

    return check
