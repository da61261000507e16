# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One screen about a site's latest run, from the ledger in its state directory: what runs, and how to look at it.

python extensions/summary.py STATE_DIR [--kubectl PROGRAM] [--talosctl PROGRAM] [--stop COMMAND]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Entry = Mapping[str, Any]

WIDTH = 14


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the summary; 0 when the run ended well, 1 when it failed, 2 when there was none."""
    options = _parser().parse_args(arguments)
    ledgers = sorted(options.state_dir.glob("runs/*/ledger.jsonl"))
    if not ledgers:
        print(f"{options.state_dir}: no run yet", file=sys.stderr)
        return 2
    entries = [json.loads(line) for line in ledgers[-1].read_text(encoding="utf-8").splitlines()]
    print("\n".join([*site(entries), "", *phases(entries), "", *around(options, entries)]))
    return 0 if entries[-1]["event"] == "run finished" else 1


def site(entries: Sequence[Entry]) -> Iterator[str]:
    """What runs: nodes, versions, subnets and VNFs."""
    yield _row("site", entries[0]["site"])
    found = entries[-1].get("summary") or {}
    for node in found.get("nodes", []):
        yield _row("node", f"{node['name']}  {node['address']}  {node['os']}  Kubernetes {node['kubernetes']}")
    if found.get("kubevirt"):
        yield _row("KubeVirt", found["kubevirt"])
    for subnet in found.get("subnets", []):
        yield _row("VPC/subnet", f"{subnet['vpc']}/{subnet['name']}  {subnet['cidr']}  gateway {subnet['gateway']}")
    for guest in found.get("vnfs", []):
        addresses = ", ".join(f"{name} {address}" for name, address in guest["addresses"].items())
        yield _row("VNF", f"{guest['vnf']}  VM {guest['namespace']}/{guest['vm']} on {guest['node']}  {addresses}")


def phases(entries: Sequence[Entry]) -> Iterator[str]:
    """Seconds and changes of every phase, and how the run ended."""
    for entry in entries:
        if entry["event"] == "phase finished":
            yield _row(entry["phase"], f"{entry['seconds']:7.1f} s  {len(entry['actions'])} changes")
    last = entries[-1]
    if last["event"] == "run finished":
        yield _row("all", f"{last['seconds']:7.1f} s  {last['time']}")
    elif last["event"] == "run failed":
        yield _row("failed", f"phase {last['phase']}: {last['error']['object']}: {last['error']['reason']}")
        yield _row("next", last["next"]["hint"])
    else:
        yield _row("cut off", f"in phase {last.get('phase', 'start')}")


def around(options: argparse.Namespace, entries: Sequence[Entry]) -> Iterator[str]:
    """Commands that can be copied as they are."""
    state = options.state_dir
    yield _row("look around", f"{options.kubectl} --kubeconfig {state}/kubeconfig get nodes,vpcs,subnets,vmi -A")
    nodes = (entries[-1].get("summary") or {}).get("nodes", [])
    addresses = ",".join(node["address"] for node in nodes if node["address"])
    chosen = f" --nodes {addresses}" if addresses else ""
    yield _row("", f"{options.talosctl} --talosconfig {state}/talosconfig{chosen} services")
    yield _row("ledgers", f"{state}/runs")
    if options.stop:
        yield _row("stop", options.stop)


def _row(name: str, text: str) -> str:
    return f"{name:<{WIDTH}}{text}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="One screen about the latest run of a site.")
    parser.add_argument("state_dir", type=Path, help="the site's state directory")
    parser.add_argument("--kubectl", default="kubectl", help="the kubectl to name")
    parser.add_argument("--talosctl", default="talosctl", help="the talosctl to name")
    parser.add_argument("--stop", default="", help="the command that stops what was started")
    return parser


if __name__ == "__main__":
    sys.exit(main())
