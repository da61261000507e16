# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ApplyConfiguration: how a node takes a configuration, or what it says against it; `releases` has the versions."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from .. import releases
from ..machine_disks import NoSuchDisk, install_disk
from .call import Call, not_authorized, reply
from .configuration.change import diff, reboot_reason
from .configuration.errors import ConfigurationError, several
from .configuration.loader import load
from .configuration.model import Configuration
from .configuration.validation import validate

_NAMES = ("REBOOT", "AUTO", "NO_REBOOT", "STAGED", "TRY")
REBOOT, AUTO, NO_REBOOT, STAGED, TRY = range(len(_NAMES))
#: Seconds a configuration is tried for when the caller names none.
TRY_TIMEOUT = 60.0


async def apply_configuration(call: Call, request: Any) -> Message:
    """The whole request: check, decide whether a reboot is needed, and do it, unless it is a dry run."""
    machine = call.machine
    in_maintenance = not machine.configured
    if not in_maintenance and not call.is_admin:
        raise not_authorized()
    _check_mode(call, request.mode, in_maintenance)
    configuration, warnings = _checked(call, request.data, in_maintenance)
    mode, details, reason = _decide(call, request.mode, configuration, in_maintenance)
    if request.dry_run:
        changes = diff(machine.active, configuration) or "No changes."
        summary = f"Dry run summary:\n{details} (skipped in dry-run).\nConfig diff:\n\n{changes}"
        return reply("machine.ApplyConfigurationResponse", mode=mode, mode_details=summary)
    if machine.stage == "rebooting":
        raise GRPCError(Status.FAILED_PRECONDITION, "the configuration is already applied and node is rebooting")
    details += await _carry_out(call, request, mode, configuration)
    return reply("machine.ApplyConfigurationResponse", mode=mode, warnings=warnings, mode_details=details + reason)


def _check_mode(call: Call, mode: int, in_maintenance: bool) -> None:
    """Refuse modes that this version does not have, whatever the configuration is."""
    row = releases.row(call.machine.version)
    if not in_maintenance and mode == REBOOT and not row.apply_reboots:
        said = "the REBOOT mode is not supported, please use AUTO or NO_REBOOT modes instead"
        raise GRPCError(Status.UNIMPLEMENTED, said)
    if in_maintenance and row.maintenance_modes is not None and _NAMES[mode] not in row.maintenance_modes:
        said = f"apply configuration --mode='{_NAMES[mode].lower().replace('_', '-')}' is not supported in maintenance"
        raise GRPCError(Status.UNIMPLEMENTED, f"{said} mode")


def _checked(call: Call, data: bytes, in_maintenance: bool) -> tuple[Configuration, list[str]]:
    try:
        configuration = load(data)
        if not in_maintenance and not configuration.complete:
            raise ConfigurationError(
                "the applied machine configuration doesn't contain v1alpha1 config, "
                "did you mean to patch the machine config instead?"
            )
        warnings = validate(configuration, installed=call.machine.system_disk is not None)
        _check_disk_selector(call, configuration)
    except ConfigurationError as problem:
        raise GRPCError(Status.INVALID_ARGUMENT, str(problem)) from problem
    return configuration, warnings


def _check_disk_selector(call: Call, configuration: Configuration) -> None:
    """A selector must match a disk of this machine; a path is believed until the install."""
    install = configuration.get("machine.install", {})
    if install.get("diskSelector") and call.machine.system_disk is None:
        try:
            install_disk(install, call.machine.spec.disks)
        except NoSuchDisk as problem:
            raise ConfigurationError(several([f"v1alpha1.Config: {several([str(problem)])}"])) from problem


def _decide(call: Call, mode: int, configuration: Configuration, in_maintenance: bool) -> tuple[int, str, str]:
    """The mode that is carried out, what the reply says about it, and why it is another than was asked for."""
    if in_maintenance and mode == REBOOT:
        mode = NO_REBOOT
    asks = not in_maintenance and releases.row(call.machine.version).apply_reboots
    needs_reboot = reboot_reason(call.machine.active, configuration) if asks else None
    if mode in (NO_REBOOT, TRY):
        if needs_reboot:
            raise GRPCError(Status.INVALID_ARGUMENT, needs_reboot)
        return mode, "Applied configuration without a reboot", ""
    if mode == STAGED:
        return mode, "Staged configuration to be applied after the next reboot", ""
    if mode == AUTO and not needs_reboot:
        return NO_REBOOT, "Applied configuration without a reboot", ""
    return REBOOT, "Applied configuration with a reboot", f": {needs_reboot}" if mode == AUTO else ""


async def _carry_out(call: Call, request: Any, mode: int, configuration: Configuration) -> str:
    """Do it; returns what is to be added to the reply's details."""
    machine = call.machine
    if mode == TRY:
        given = request.try_mode_timeout
        seconds = given.seconds + given.nanos / 1e9 if request.HasField("try_mode_timeout") else TRY_TIMEOUT
        await machine.try_out(configuration, seconds)
        return (
            f"\nThe config is applied in 'try' mode and will be automatically reverted back in {_go_duration(seconds)}"
        )
    await machine.apply(configuration, persist=True, activate=mode == NO_REBOOT)
    if mode == REBOOT:
        await machine.reboot(actor="")
    return ""


def _go_duration(seconds: float) -> str:
    """As Go prints a duration of at least a second."""
    whole, hours, minutes = f"{seconds % 60:g}s", int(seconds // 3600), int(seconds % 3600 // 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + whole
