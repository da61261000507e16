# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's command line: up, down, status, fault, programs, env."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from . import config, control, lifecycle, programs
from .config import LabConfig, LabFileError
from .control import Denied, Json, NotRunning
from .lifecycle import LifecycleError

FAILED, NOT_RUNNING = 1, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 (it failed, the message says why) or 3 (the lab is not running)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except NotRunning:
        print(f"lab {options.name} is not running; `up --name {options.name}` starts it", file=sys.stderr)
        return NOT_RUNNING
    except (LabFileError, LifecycleError, Denied, programs.ProgramError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lab", description="An NFV site on this machine: simulated servers, real control planes."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    up = _command(commands, "up", _up, "start the lab, or say that it is up")
    up.add_argument("--file", type=Path, help="lab file (YAML): servers, vip, timing")
    up.add_argument("--block", type=int, help="second part of the lab's addresses, 127.BLOCK.0.0/16")
    down = _command(commands, "down", _down, "stop the lab and forget its state")
    down.add_argument("--keep", action="store_true", help="keep the state: the next `up` goes on from it")
    status = _command(commands, "status", _status, "show servers, faults and processes")
    status.add_argument("--json", action="store_true", help="for programs")
    fault = _command(commands, "fault", _fault, "switch faults on and off")
    fault.add_argument("fault", nargs="?", metavar="NAME", help="the fault; see --list")
    fault.add_argument("--list", action="store_true", help="show the faults there are, and those that are on")
    fault.add_argument("--on", metavar="TARGET", default=None, help="what it hits (default: everything it can hit)")
    fault.add_argument("--off", action="store_true", help="switch it off")
    fault.add_argument("--count", type=int, help="how often it strikes")
    fault.add_argument("--seconds", type=float, help="how long; its meaning for each fault is in --list")
    _command(commands, "env", _env, "print shell lines that point kubectl, talosctl and playbooks at the lab")
    build = commands.add_parser("programs", help="find or build the programs the lab runs")
    build.add_argument("--only", nargs="+", metavar="NAME", choices=sorted(programs.PROGRAMS), help="only these")
    build.set_defaults(run=_programs, name=config.DEFAULT_NAME)
    _command(commands, "serve", _serve, argparse.SUPPRESS)
    return parser


def _command(commands: Json, name: str, run: Json, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    parser.add_argument("--name", default=config.DEFAULT_NAME, help="which lab (default: %(default)s)")
    parser.set_defaults(run=run)
    return parser


def _up(options: argparse.Namespace) -> int:
    lab = lifecycle.prepare(options.name, options.file, options.block)
    already = lifecycle.is_up(lab)
    if not already:
        programs.ensure(programs.OF_A_LAB, _say)
        lifecycle.start(lab, _say)
    print(f"lab {lab.name} is {'already ' if already else ''}up\n" + _addresses(lab))
    return 0


def _down(options: argparse.Namespace) -> int:
    stopped = lifecycle.stop(config.state_directory(options.name), keep=options.keep)
    what, state = "stopped" if stopped else "was not running", "" if options.keep else "; its state is gone"
    print(f"lab {options.name} {what}{state}")
    return 0


def _status(options: argparse.Namespace) -> int:
    try:
        status = control.ask(config.state_directory(options.name), {"command": "status"})
    except NotRunning:
        if not options.json:
            raise
        print(json.dumps({"running": False, "name": options.name}))
        return NOT_RUNNING
    print(json.dumps(status, indent=2) if options.json else _describe(status))
    return 0


def _fault(options: argparse.Namespace) -> int:
    state = config.state_directory(options.name)
    if options.list or not options.fault:
        print(
            _describe_faults(
                control.ask(state, {"command": "fault-list"}), control.ask(state, {"command": "status"})["faults"]
            )
        )
    elif options.off:
        gone = control.ask(state, {"command": "fault-off", "name": options.fault, "target": options.on})
        print("\n".join(f"off: {_fault_line(fault)}" for fault in gone) or f"{options.fault} was not on")
    else:
        target = {"target": options.on} if options.on else {}
        request = {
            "command": "fault-on",
            "name": options.fault,
            "count": options.count,
            "seconds": options.seconds,
            **target,
        }
        print(f"on: {_fault_line(control.ask(state, request))}")
    return 0


def _programs(options: argparse.Namespace) -> int:
    for name, path in programs.ensure(options.only or programs.PROGRAMS, _say).items():
        print(f"{name} {path}")
    return 0


def _env(options: argparse.Namespace) -> int:
    state = config.state_directory(options.name)
    if not state.is_dir():
        raise NotRunning
    folders = dict.fromkeys(str(programs.path(name).parent) for name in ("kubectl", "talosctl") if _is_built(name))
    print(f"export NFVI_LAB_STATE='{state}'")
    print(f"export KUBECONFIG='{state / 'kubeconfig'}'")
    print(f"export BMC_PASSWORD=\"$(cat '{state / 'bmc-password'}')\"")
    if folders:
        print(f"export PATH='{':'.join(folders)}':\"$PATH\"")
    return 0


def _serve(options: argparse.Namespace) -> int:
    """The simulator itself; its own import, since everything else here must be quick."""
    from . import daemon

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(daemon.serve(lifecycle.prepare(options.name, None, None)))
    return 0


def _is_built(name: str) -> bool:
    try:
        return programs.path(name).exists()
    except programs.ProgramError:
        return False


def _say(line: str) -> None:
    """Progress goes to standard error, so that what a command prints can be piped."""
    print(line, file=sys.stderr, flush=True)


def _addresses(lab: LabConfig) -> str:
    lines = [
        f"  {spec.name:8} talos {spec.address}:50000   bmc https://{spec.bmc_address}:8443" for spec in lab.servers
    ]
    vip = [f"  vip      {lab.vip}"] if lab.vip else []
    secrets = [
        f"  bmc user {lab.bmc_username}, password in {lab.state / 'bmc-password'}, CA in {lab.state / 'bmc-ca.pem'}"
    ]
    return "\n".join([*lines, *vip, *secrets])


def _describe(status: Json) -> str:
    head = f"lab {status['name']} is up (pid {status['pid']}, state {status['state']})"
    lines = [
        f"  {server['name']:8} {server['power']:4} {server['stage']:14} {server['address']:14} {server['bmc']:28} "
        + " ".join(f"{name}={pid}" for name, pid in server["pids"].items())
        for server in status["servers"]
    ]
    return "\n".join([head, *lines, *(f"  fault {_fault_line(fault)}" for fault in status["faults"])])


def _describe_faults(kinds: Json, active: Json) -> str:
    lines = [
        f"{kind['name']:18} {kind['meaning']}; targets: {', '.join(kind['targets'])}; --seconds: {kind['seconds']}"
        for kind in kinds
    ]
    return "\n".join([*lines, *(f"on: {_fault_line(fault)}" for fault in active)])


def _fault_line(fault: Json) -> str:
    extra = [f"{key} {fault[key]:g}" for key in ("count", "seconds") if fault[key] is not None]
    return " ".join([f"{fault['name']} on {fault['target']}", *extra])
