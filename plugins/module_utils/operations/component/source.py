# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a component comes from, as its user writes it: a path, an https URL or an OCI reference, pinned or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...clients.http.reference import SCHEME, Reference
from ...core.error import InvalidInput, NfviError
from ...core.given import Given
from ...core.path import Path

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Source:
    """``place`` is a path, https URL or OCI reference; ``sha256`` is what it must have, or empty."""

    place: str
    sha256: str = ""
    path: Path = ()

    @classmethod
    def parse(cls, given: Given) -> Source:
        """A text, or a mapping of ``source`` and ``sha256``; raises `InvalidInput` for anything else."""
        if isinstance(given.value, str):
            return cls(given.value, _digest_in(given), given.path)
        return cls.beside(given.only(("source", "sha256")))

    @classmethod
    def beside(cls, given: Given) -> Source:
        """The ``source`` and ``sha256`` among other options."""
        place, digest = given.text("source"), given.text("sha256", "")
        if digest and not _SHA256.match(digest):
            given.at("sha256").refuse(f"{digest!r} is not 64 hexadecimal digits")
        own = _digest_in(Given(place, (*given.path, "source")))
        return cls(place, digest or own, given.path)


@contextmanager
def at(source: Source) -> Iterator[None]:
    """Every fault inside names the source and its place in the user's input."""
    try:
        yield
    except NfviError as error:
        error.path = (*source.path, *error.path)
        error.about(source.place)
        raise


def _digest_in(place: Given) -> str:
    """The SHA-256 in a source's own text, or none; refuses a text that is no source."""
    if place.value.startswith(SCHEME):
        try:
            return Reference.parse(place.value).digest
        except InvalidInput as error:
            error.about("", path=place.path)
            raise
    if "://" in place.value:
        _refuse_unsafe(place)
    return ""


def _refuse_unsafe(place: Given) -> None:
    parts = urlsplit(place.value)
    if parts.username or parts.password:
        place.refuse("no user name and password in a URL", hint="write them to ~/.netrc")
    if parts.scheme != "https" or not parts.hostname:
        place.refuse(f"{place.value!r} is neither a path nor an https URL nor an OCI reference")
