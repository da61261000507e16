# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several faults are one error, which says each thing once."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Conflict, NfviError, Unreachable
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.errors import raise_all
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.item import Item
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY


def raised(*faults: NfviError) -> NfviError:
    kind = REGISTRY.find("v1", "Namespace")
    assert kind
    named = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n{i}"}} for i in range(len(faults))]
    with pytest.raises(NfviError) as caught:
        raise_all(zip([Item(kind, each) for each in named], faults, strict=True))
    return caught.value


def test_no_fault_is_none() -> None:
    raise_all([])


def test_one_fault_stays_as_it_is() -> None:
    error = raised(Unreachable("connection refused", hint="look"))
    assert (error.object, error.reason, error.hint) == ("Namespace n0", "connection refused", "look")


def test_what_is_wrong_with_all_is_told_once() -> None:
    error = raised(*(Unreachable("connection refused") for _node in range(14)))
    assert (error.reason, error.retryable) == ("connection refused; the same with 13 more", True)


def test_what_differs_is_listed_and_a_retry_must_help_all() -> None:
    error = raised(Unreachable("connection refused"), Conflict("owned by kubectl"), Unreachable("connection refused"))
    assert error.reason == ("connection refused; the same with 1 more; and 1 more: Namespace n1: owned by kubectl")
    assert error.retryable is False
