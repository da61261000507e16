# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machine configurations in a folder, one private file a machine."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...core.change import Change, Impact
from ...core.error import InvalidInput
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from ...resources.machine_config.cluster import Node
from ...resources.machine_config.compare import changes
from ...resources.machine_config.contract import Contract
from ...resources.machine_config.documents import Configuration, identity_of, parse
from . import talos_files as files
from .talos_source import Source


@dataclass(frozen=True)
class Made:
    """One machine's configuration, where it is written, and what is there now (None: nothing)."""

    node: Node
    path: Path
    wanted: Configuration
    found: bytes | None


def run(given: Given, _session: None, mode: Mode) -> Result:
    """Generate every configuration, refuse what is wrong in any of them, then write those that differ."""
    source = Source.parse(given, invent=not mode.apply)
    made = [Made(node, path, wanted, files.read(path)) for node, path, wanted in source.configurations()]
    plans = [Plan.of(_changes(each, source.cluster.contract, mode)) for each in made]
    if mode.apply:
        for each, plan in zip(made, plans, strict=True):
            _write(each, plan)
    whole = sum(plans, Plan())
    return Result(whole, verified=source.known).named("configs", [_described(each) for each in made])


def _changes(made: Made, contract: Contract, mode: Mode) -> Iterator[Change]:
    target = f"configuration of {made.node.name}"
    if made.found is None:
        yield Change("create", target)
        return
    try:
        before = parse(made.found.decode(), object=str(made.path))
    except (InvalidInput, UnicodeDecodeError):
        yield Change("replace", target)
        return
    # A file restarts nothing; what the changes do to the machine is told when it is given them.
    for change in changes(target, before, made.wanted, contract, mode.masker):
        yield dataclasses.replace(change, impact=Impact.NONE)
    yield from files.exposed(made.path, target)


def _write(made: Made, plan: Plan) -> None:
    """A file that says the same in other words is left as it is."""
    if plan and all(change.path == ("mode",) for change in plan):
        files.protect(made.path)
    elif plan:
        files.replace(made.path, made.wanted.text().encode())


def _described(made: Made) -> Json:
    """For people: no secret; the digest is of the whole text (its secrets are random, it tells nothing of them)."""
    return {
        "name": made.node.name,
        "role": made.node.role,
        "path": str(made.path),
        "documents": [str(identity_of(document)) for document in made.wanted.documents],
        "sha256": hashlib.sha256(made.wanted.text().encode()).hexdigest(),
    }
