# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sequences of phases and tasks that Talos runs, as pairs (phase, task), v1.13 (v1alpha1_sequencer.go)."""

from __future__ import annotations

Phases = tuple[tuple[str, str], ...]

_STOP_ALL: Phases = (
    ("stopServices", "stopServicesForUpgrade"),
    ("umount", "unmountPodMounts"),
    ("unmountBind", "unmountSystemDiskBindMounts"),
    ("unmountSystem", "unmountEphemeralPartition"),
    ("volumeFinalize", "teardownLifecycle"),
)
_STOP_EVERYTHING: Phases = (("stopEverything", "stopAllServices"),)
_KEXEC: Phases = (("kexec", "kexecPrepare"),)
_DBUS: Phases = (("dbus", "stopDBus"),)

INITIALIZE: Phases = (
    ("systemRequirements", "enforceKSPPRequirements"),
    ("earlyServices", "startMachined"),
    ("usb", "waitForUSB"),
    ("meta", "reloadMeta"),
    ("dashboard", "startDashboard"),
    ("config", "loadConfig"),
)
INSTALL: Phases = (
    ("env", "setUserEnvVars"),
    ("install", "install"),
    ("meta", "reloadMeta"),
    ("saveMeta", "flushMeta"),
    ("volumeFinalize", "teardownLifecycle"),
    *_STOP_EVERYTHING,
    *_KEXEC,
    ("reboot", "reboot"),
)
BOOT: Phases = (
    ("memorySizeCheck", "memorySizeCheck"),
    ("diskSizeCheck", "diskSizeCheck"),
    ("env", "setUserEnvVars"),
    ("dbus", "startDBus"),
    ("ephemeral", "mountEphemeralPartition"),
    ("udevSetup", "writeUdevRules"),
    ("userDisks", "mountUserDisks"),
    ("userSetup", "writeUserFiles"),
    ("startEverything", "startAllServices"),
)
REBOOT: Phases = (("cleanup", "stopAllPods"), *_DBUS, *_STOP_ALL, *_KEXEC, *_STOP_EVERYTHING, ("reboot", "reboot"))
FORCED_REBOOT: Phases = (("reboot", "reboot"),)
# The older call for an upgrade does everything by itself; staged, it only restarts, and the next boot upgrades.
UPGRADE: Phases = (
    ("drain", "cordonAndDrainNode"),
    ("cleanup", "stopAllPods"),
    *_DBUS,
    *_STOP_ALL,
    ("upgrade", "upgrade"),
    ("meta", "reloadMeta"),
    *_KEXEC,
    *_STOP_EVERYTHING,
    ("reboot", "reboot"),
)
STAGE_UPGRADE: Phases = REBOOT
STAGED_UPGRADE: Phases = (("upgrade", "upgrade"), ("meta", "reloadMeta"), *_STOP_EVERYTHING, *_KEXEC)


def shutdown(force: bool) -> Phases:
    """A shutdown; ``force`` leaves out cordoning and draining the node."""
    drain: Phases = () if force else (("drain", "cordonAndDrainNode"),)
    return (
        ("storeShutdown", "storeShutdownEmergency"),
        *drain,
        ("cleanup", "stopAllPods"),
        *_DBUS,
        *_STOP_ALL,
        *_STOP_EVERYTHING,
        ("shutdown", "shutdown"),
    )


def reset(graceful: bool, reboot: bool, control_plane: bool, partitions: bool) -> Phases:
    """A reset; graceful ones drain the node and leave etcd. ``partitions``: only some of them are wiped."""
    before: Phases = (
        (("drain", "cordonAndDrainNode"), ("cleanup", "removeAllPods")) if graceful else (("cleanup", "stopAllPods"),)
    )
    leave: Phases = (("leave", "leaveEtcd"),) if graceful and control_plane else ()
    wipe: Phases = (("resetSpec", "resetSystemDiskSpec"),) if partitions else (("reset", "resetSystemDisk"),)
    last: Phases = (("reboot", "reboot"),) if reboot else (("shutdown", "shutdown"),)
    return (
        *before,
        *_DBUS,
        *leave,
        ("preReset", "sendResetSignal"),
        *_STOP_ALL,
        *_STOP_EVERYTHING,
        ("forceCleanup", "forceCleanup"),
        *wipe,
        *last,
    )
