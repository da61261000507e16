# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One module call, whoever makes it: the module itself or the action plugin in the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.error import InvalidInput, NfviError
from ..core.given import Given
from ..core.library import require_all
from ..core.mask import Masker
from ..core.mode import Mode
from ..core.result import Result

Spec = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What a module takes, what it opens with it, and what it runs.

    ``rules`` are Ansible's own (``mutually_exclusive``, ``required_if`` …). ``open`` returns the session that is
    handed to ``run``; sessions cache their connections themselves.
    """

    spec: Spec
    open: Callable[[Given, Mode], Any]
    run: Callable[[Given, Any, Mode], Result]
    rules: Mapping[str, Any] = field(default_factory=dict)


def no_session(_given: Given, _mode: Mode) -> None:
    """For modules that talk to nobody."""


def perform(
    call: Call, options: Mapping[str, Any], *, check: bool, diff: bool, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Carry out the call and return Ansible's result; a fault becomes a failed result, never an exception of ours."""
    try:
        require_all()
        given = Given(dict(options))
        mode = Mode(
            apply=not check, pending=bool(check and options.get("pending")), progress=progress, masker=_masker(options)
        )
        return call.run(given, call.open(given, mode), mode).as_result(diff=diff)
    except NfviError as error:
        return failure(error)


def failure(error: NfviError) -> dict[str, Any]:
    """A failed result; what had been done before the fault is told."""
    return {
        "failed": True,
        "msg": str(error),
        "error": error.as_result(),
        "changed": bool(error.done),
        "actions": list(error.done),
    }


def _masker(options: Mapping[str, Any]) -> Masker:
    """The site's own key when there is one, so that masked values can be compared from run to run."""
    name = options.get("digest_key")
    if not name:
        return Masker()
    try:
        return Masker(Path(name).read_bytes())
    except OSError as exc:
        raise InvalidInput(f"{name}: {exc.strerror}", path=("digest_key",)) from exc
