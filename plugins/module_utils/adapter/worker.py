# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call in Ansible's worker process: same options, same refusals, same masking as the module's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ..core.error import InvalidInput
from .call import Call, failure, perform


def run_in_worker(
    call: Call,
    options: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    check: bool,
    diff: bool,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Validate with the module's own spec and perform the call under the task's environment."""
    with _environment(environment):
        validated = ArgumentSpecValidator(call.spec, **call.rules).validate(_plain(options))
        if validated.error_messages:
            return failure(InvalidInput("; ".join(validated.error_messages)))
        given = validated.validated_parameters
        result = perform(call, given, check=check, diff=diff, progress=progress)
    hidden = set(_secrets(call.spec, given))
    cleaned: dict[str, Any] = remove_values(result, hidden) if hidden else result
    return cleaned


@contextmanager
def _environment(extra: Mapping[str, str]) -> Iterator[None]:
    """The task's ``environment:`` for as long as the call lasts (a worker process serves one task at a time)."""
    before = dict(os.environ)
    os.environ.update(extra)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _plain(value: Any) -> Any:
    """The value in plain types, as a module gets it: Ansible's own carry marks at which libraries stumble."""
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str.__str__(value)
    return value


def _secrets(spec: Mapping[str, Any], given: Any) -> Iterator[str]:
    """Every text given for an option with ``no_log``, at any depth (Ansible masks nothing for action plugins before
    2.22).
    """
    for name, option in spec.items():
        value = given.get(name) if isinstance(given, Mapping) else None
        if value is None:
            continue
        if option.get("no_log"):
            yield from _texts(value)
        for part in value if isinstance(value, list) else [value]:
            yield from _secrets(option.get("options") or {}, part)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value not in ("", None) and not isinstance(value, bool):
        yield str(value)
