# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A watch that falls silent is given up, for its machine may have lost its power; one that ends, ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.resource_calls import Resource
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Unreachable
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_await

FOUND = Resource("machine", "1", {"stage": "booting"})


async def _changes(silence: float) -> AsyncIterator[Resource | None]:
    yield None
    await asyncio.sleep(silence)
    yield FOUND


async def _heard(silence: float) -> list[Resource | None]:
    return [change async for change in talos_await._heard(_changes(silence), "node 10.0.0.1")]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talos_await, "SILENCE", 0.2)


def test_what_is_heard_is_handed_on_until_the_end() -> None:
    assert asyncio.run(_heard(0.0)) == [None, FOUND]


def test_silence_is_taken_for_a_lost_connection() -> None:
    with pytest.raises(Unreachable) as caught:
        asyncio.run(_heard(60.0))
    assert (caught.value.object, caught.value.retryable) == ("node 10.0.0.1", True)
