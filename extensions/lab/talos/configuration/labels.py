# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, label values and taints as Talos checks them before Kubernetes does (pkg/machinery/labels)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_DOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def label_problems(labels: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with node labels."""
    for key in sorted(labels):
        yield from name_problems(key)
        yield from _value_problems(labels[key])


def annotation_problems(annotations: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the names of node annotations."""
    for key in sorted(annotations):
        yield from name_problems(key)


def taint_problems(taints: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with node taints, each written ``[value:]effect``."""
    for key in sorted(taints):
        wrong = list(name_problems(key))
        value, _colon, effect = taints[key].rpartition(":")
        yield from wrong or [*_value_problems(value), *_effect_problems(effect)]


def name_problems(key: str) -> Iterator[str]:
    """What is wrong with a qualified name (``[prefix/]name``)."""
    prefix, slash, name = key.rpartition("/")
    if slash and not prefix:
        yield f'prefix cannot be empty: "{key}"'
    elif "/" in prefix:
        yield f'invalid format: too many slashes: "{key}"'
    elif prefix and not _DOMAIN.fullmatch(prefix):
        yield f'prefix "{prefix}" is invalid: domain doesn\'t match required format: "{prefix}"'
    elif not name:
        yield f'name cannot be empty: "{key}"'
    elif len(name) > 63:
        yield f'name is too long: "{key}" (limit is 63)'
    elif not _NAME.fullmatch(name):
        yield f'name "{name}" is invalid'


def _value_problems(value: str) -> Iterator[str]:
    if len(value) > 63:
        yield f'label value length exceeds limit of 63: "{value}"'
    elif value and not _NAME.fullmatch(value):
        yield f'label value "{value}" is invalid'


def _effect_problems(effect: str) -> Iterator[str]:
    if effect not in _EFFECTS:
        yield f'invalid taint effect: "{effect}"'
