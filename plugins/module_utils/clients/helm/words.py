# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What helm says when it fails, as one of our errors; its own words, without any of the values it was given."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...core.error import (
    Busy,
    Conflict,
    Forbidden,
    InvalidInput,
    NfviError,
    NotFound,
    Timeout,
    Unauthenticated,
    Unreachable,
)
from ...core.mask import Masker
from ...core.path import Json

# Shorter texts are found in any sentence, and say nothing of a secret.
_SHORTEST = 4
_PREFIXES = ("Error: ", "UPGRADE FAILED: ", "INSTALLATION FAILED: ")

# helm 3.22 and 4.3 pkg/action, pkg/kube, pkg/storage/driver; what the API server says is Kubernetes' own.
_KINDS: tuple[tuple[str, type[NfviError]], ...] = (
    (r"another operation \(install/upgrade/rollback\) is in progress", Busy),
    (r"cluster unreachable|connection refused|no such host|i/o timeout|connection reset", Unreachable),
    (
        r"timed out waiting|context deadline exceeded|resource \S+ (not ready|still exists)|client rate limiter Wait",
        Timeout,
    ),
    (r"Unauthorized|provide credentials", Unauthenticated),
    (r"is forbidden: User|cannot \w+ resource", Forbidden),
    (r"exists and cannot be imported|conflicts? with \"|already exists", Conflict),
    (r"release: not found", NotFound),
)
_MISSING_CHART = r"failed to download|no cached repo|not found in .* repo|no chart (name|version) found|failed to fetch"
_MISSING_KIND = r"no matches for kind|ensure CRDs are installed first"


@dataclass(frozen=True)
class Discretion:
    """Takes the texts of values out of what is told: a template may print any of them."""

    texts: tuple[str, ...] = ()
    masker: Masker = field(default_factory=Masker)

    @classmethod
    def about(cls, values: Json, known: Iterable[str], masker: Masker) -> Discretion:
        """Every text in ``values``, and its base64, but those that are ``known`` anyhow (names)."""
        told = set(known)
        texts = {text for text in _texts(values) if len(text) >= _SHORTEST and text not in told}
        encoded = {base64.b64encode(text.encode()).decode() for text in texts}
        return cls(tuple(sorted(texts | encoded, key=lambda text: (-len(text), text))), masker)

    def of(self, words: str) -> str:
        """The words, each such text as its digest."""
        if not self.texts:
            return words
        return re.sub("|".join(map(re.escape, self.texts)), lambda found: self.masker.mask(found[0]), words)


def own_words(printed: str) -> str:
    """The error in what helm printed, on one line: warnings stand before it."""
    _before, mark, words = printed.rpartition("\nError: ")
    found = " ".join((words if mark else printed).split("Use --debug")[0].split())
    for prefix in _PREFIXES:
        found = found.removeprefix(prefix)
    return found or "helm failed and said nothing"


def error(words: str) -> NfviError:
    """Of which kind that is."""
    for pattern, kind in _KINDS:
        if re.search(pattern, words):
            return kind(words)
    if re.search(_MISSING_CHART, words):
        return NotFound(words, path=("chart_ref",))
    return InvalidInput(words)


def lacks_a_kind(words: str) -> bool:
    """Whether a kind that an object needs is not served (yet)."""
    return bool(re.search(_MISSING_KIND, words))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        text = str(value)
        yield from (text, *(line.strip() for line in text.splitlines()))
