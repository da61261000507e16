# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file at an https URL."""

from __future__ import annotations

from .cache import Cache
from .session import Session


def download(url: str, digest: str, session: Session, cache: Cache) -> bytes:
    """What is at ``url``: without asking when ``digest`` (SHA-256, may be empty) says that we have it already.

    The caller compares the digest. Without one the server is asked each time, but need not send again what has not
    changed.
    """
    known = cache.find(digest) if digest else None
    return known if known is not None else _asked(url, session, cache)


def _asked(url: str, session: Session, cache: Cache) -> bytes:
    before = cache.tagged(url)
    answer = session.get(url, {"If-None-Match": before[0]} if before else None)
    if before and answer.status == 304:
        return before[1]
    content = answer.expected().content
    cache.keep(content)
    cache.tag(url, answer.headers.get("etag", ""), content)
    return content
