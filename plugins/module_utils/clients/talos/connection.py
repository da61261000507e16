# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of Talos' API that are made on one machine, with plain values in and out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from ...core import yaml_text
from ...core.error import Internal, NotFound, Unsupported
from ...core.path import Json
from . import wire
from .certificates import Facts
from .transport import Transport

# Seconds; a gigabyte takes about ten (etcd's maintenance guide).
DEFRAGMENT_TIMEOUT = 300.0

_MACHINE = "machine.MachineService"
_IMAGE = "machine.ImageService"
_STATE = "cosi.resource.State"
_MODE = "machine.ApplyConfigurationRequest.Mode"


@dataclass(frozen=True)
class Resource:
    """One COSI resource: its id, its version (a text, compared for equality only) and what Talos says of it.

    ``phase`` is ``running``, or ``tearingDown`` while something still holds on to it.
    """

    id: str
    version: str
    spec: Json
    phase: str = "running"


class Connection:
    """Calls to one machine. Every call has a deadline (seconds) and fails with an `NfviError` that names the node."""

    def __init__(self, transport: Transport) -> None:
        self.name = transport.name
        self.target = transport.target
        self._transport = transport

    @property
    def peer(self) -> Facts:
        """What the certificate says that the machine showed."""
        return self._transport.peer

    async def version(self) -> Json:
        """``{tag, sha, arch, platform, mode}`` of the running system."""
        reply = await self._one("Version")
        return {
            "tag": reply.version.tag,
            "sha": reply.version.sha,
            "arch": reply.version.arch,
            "platform": reply.platform.name,
            "mode": reply.platform.mode,
        }

    async def apply(self, data: bytes, mode: str, *, dry_run: bool, try_seconds: float = 60.0) -> Json:
        """Hand over a configuration and return ``{mode, details, warnings}``.

        ``mode`` is the enum's name (AUTO, NO_REBOOT, STAGED, TRY, REBOOT), always sent: the wire's default reboots.
        """
        fields: dict[str, Any] = {"data": data, "mode": wire.number(_MODE, mode), "dry_run": dry_run}
        if mode == "TRY":
            fields["try_mode_timeout"] = {"seconds": int(try_seconds)}
        reply = await self._one("ApplyConfiguration", **fields)
        return {
            "mode": wire.name(_MODE, reply.mode),
            "details": reply.mode_details,
            "warnings": list(reply.warnings),
        }

    async def bootstrap(self, *, recover: bool = False, skip_hash_check: bool = False) -> None:
        """Start the first etcd member, from the backup that `etcd_recover` has sent if ``recover``.

        Raises `Conflict` when it has data, `Precondition` when it is too early.
        """
        await self._one("Bootstrap", recover_etcd=recover, recover_skip_hash_check=skip_hash_check)

    async def etcd_recover(self, backup: Iterable[bytes]) -> None:
        """Send a backup in pieces, for a bootstrap that recovers etcd; half of one is thrown away by the machine."""
        kind = wire.message("common.Data")
        parts = (kind(bytes=part) for part in backup)
        self._refused((await self._transport.upload(_MACHINE, "EtcdRecover", parts)).messages)

    async def reboot(self, mode: str = "DEFAULT") -> None:
        """Restart the machine; ``mode`` is the enum's name (DEFAULT, POWERCYCLE, FORCE)."""
        await self._one("Reboot", mode=wire.number("machine.RebootRequest.Mode", mode))

    async def shutdown(self, *, force: bool = False) -> None:
        """Shut the machine down and switch it off; ``force`` leaves out cordoning and draining its node."""
        await self._one("Shutdown", force=force)

    async def reset(
        self, mode: str, *, graceful: bool, reboot: bool, labels: Iterable[str], disks: Iterable[str]
    ) -> None:
        """Wipe disks, then restart or switch off.

        ``mode`` is the enum's name (ALL, SYSTEM_DISK, USER_DISKS); ``labels`` are the only partitions of the system
        disk to be wiped, ``disks`` the user disks (``/dev/sdb``). ``graceful``: the node is drained and leaves etcd
        first.
        """
        await self._one(
            "Reset",
            mode=wire.number("machine.ResetRequest.WipeMode", mode),
            graceful=graceful,
            reboot=reboot,
            system_partitions_to_wipe=[{"label": label, "wipe": True} for label in labels],
            user_disks_to_wipe=list(disks),
        )

    async def install_upgrade(self, image: str, within: float) -> tuple[int | None, list[str]]:
        """Run an installer that was pulled: the slot that is not running gets its Talos (1.13 or later).

        Returns the installer's exit code (None: it never came) and what it printed. Nothing restarts, and nobody looks
        at etcd.
        """
        fields = {"containerd": _containerd("NS_SYSTEM"), "source": {"image_name": image}}
        replies = await self._transport.collect("machine.LifecycleService", "Upgrade", within=within, **fields)
        parts = [reply.progress for reply in replies]
        codes = [part.exit_code for part in parts if part.HasField("exit_code")]
        return (codes[-1] if codes else None), [part.message for part in parts if part.message]

    async def upgrade(
        self, image: str, within: float, *, mode: str = "DEFAULT", preserve: bool, stage: bool, force: bool
    ) -> None:
        """Pull, drain, install and restart, all by the machine (before 1.18); the image is there when this returns.

        ``mode`` is the enum's name (DEFAULT, POWERCYCLE); ``stage`` leaves the installation to the next boot, ``force``
        leaves out Talos' own look at etcd.
        """
        await self._one(
            "Upgrade",
            within=within,
            image=image,
            reboot_mode=wire.number("machine.UpgradeRequest.RebootMode", mode),
            preserve=preserve,
            stage=stage,
            force=force,
        )

    async def service_action(self, verb: str, id: str) -> None:
        """``verb`` (Start, Stop, Restart) is done with one service; refused for those that Talos keeps to itself."""
        await self._one(f"Service{verb}", id=id)

    async def hostname(self) -> str:
        """The name that the machine has now."""
        return str((await self._one("Hostname")).hostname)

    async def memory(self) -> Json:
        """Kibibytes by the names of /proc/meminfo in lower case, hugepage counts included."""
        info = (await self._one("Memory")).meminfo
        return {field.name: getattr(info, field.name) for field in info.DESCRIPTOR.fields}

    async def services(self) -> list[Json]:
        """``{id, state, healthy, message}``; ``healthy`` is None while a service's health is not known."""
        return [_service(found) for found in (await self._one("ServiceList")).services]

    async def service(self, id: str) -> Json:
        """One service as in `services`, and when its state changed last (``at``, nanoseconds of Unix time, 0: never);
        None when the machine has none of that name.
        """
        for found in (await self._one("ServiceList")).services:
            if found.id == id:
                times = [event.ts.ToNanoseconds() for event in found.events.events]
                return {**_service(found), "at": max(times, default=0)}
        return None

    async def etcd_members(self) -> list[Json]:
        """``{id, hostname, peer_urls, client_urls, learner}``, ids in hexadecimal as etcdctl prints them."""
        found = (await self._one("EtcdMemberList", query_local=True)).members
        return [
            {
                "id": f"{member.id:x}",
                "hostname": member.hostname,
                "peer_urls": list(member.peer_urls),
                "client_urls": list(member.client_urls),
                "learner": member.is_learner,
            }
            for member in found
        ]

    async def etcd_status(self) -> Json:
        """This machine's member: ``{member, leader, learner, version, size, used, errors}``; ids in hexadecimal, the
        database's size and what of it is used in bytes.
        """
        found = (await self._one("EtcdStatus")).member_status
        return {
            "member": f"{found.member_id:x}",
            "leader": f"{found.leader:x}",
            "learner": found.is_learner,
            "version": found.protocol_version,
            "size": found.db_size,
            "used": found.db_size_in_use,
            "errors": list(found.errors),
        }

    async def etcd_alarms(self) -> list[Json]:
        """``{member, alarm}`` (NOSPACE, CORRUPT) of the whole cluster."""
        found = (await self._one("EtcdAlarmList")).member_alarms
        kind = "machine.EtcdMemberAlarm.AlarmType"
        return [{"member": f"{each.member_id:x}", "alarm": wire.name(kind, each.alarm)} for each in found]

    async def etcd_disarm(self) -> None:
        """Switch off every alarm of the cluster."""
        await self._one("EtcdAlarmDisarm")

    async def etcd_defragment(self) -> None:
        """Give free pages back to this member's disk; it serves nobody meanwhile."""
        await self._one("EtcdDefragment", within=DEFRAGMENT_TIMEOUT)

    async def etcd_forfeit_leadership(self) -> None:
        """Hand the leadership to another member, if this one has it."""
        await self._one("EtcdForfeitLeadership")

    async def etcd_remove(self, member: str) -> None:
        """Remove a member by its hexadecimal id; raises `NotFound`."""
        await self._one("EtcdRemoveMemberByID", member_id=int(member, 16))

    async def etcd_snapshot(self) -> AsyncIterator[bytes]:
        """The database in pieces, and a SHA-256 of all that was before it at the end."""
        async for part in self._transport.stream(_MACHINE, "EtcdSnapshot"):
            yield part.bytes

    async def images(self, namespace: str) -> list[Json]:
        """``{name, digest, size}`` (bytes) of every image in a namespace of containerd (NS_SYSTEM, NS_CRI); one image
        has several names.
        """
        try:
            found = await self._transport.collect(_IMAGE, "List", containerd=_containerd(namespace))
        except Unsupported:  # before 1.13
            number = wire.number("common.ContainerdNamespace", namespace)
            found = await self._transport.collect(_MACHINE, "ImageList", namespace=number)
            self._refused(found)
        return [{"name": each.name, "digest": each.digest, "size": each.size} for each in found]

    async def image_pull(self, namespace: str, reference: str, within: float) -> None:
        """Fetch an image into a namespace of containerd, within so many seconds; raises `NotFound`."""
        try:
            asked = {"containerd": _containerd(namespace), "image_ref": reference}
            replies = await self._transport.collect(_IMAGE, "Pull", within=within, **asked)
        except Unsupported:  # before 1.13
            number = wire.number("common.ContainerdNamespace", namespace)
            await self._one("ImagePull", within=within, namespace=number, reference=reference)
            return
        if not any(reply.name for reply in replies):
            raise Internal(f"did not say that it has pulled {reference}", object=self.name)

    async def meta_write(self, key: int, value: str) -> None:
        """Write a key (0 … 255) of the META partition; raises `Capacity` when it is full."""
        await self._one("MetaWrite", key=key, value=value.encode())

    async def meta_delete(self, key: int) -> None:
        """Remove a key of the META partition; raises `NotFound`."""
        await self._one("MetaDelete", key=key)

    async def disks(self) -> list[Json]:
        """The disks of the storage service, which answers in maintenance mode too; sizes in bytes."""
        reply = await self._transport.call("storage.StorageService", "Disks")
        self._refused(reply.messages)
        return [
            {
                "device": disk.device_name,
                "system": disk.system_disk,
                **{key: getattr(disk, key) for key in ("size", "model", "serial", "wwid", "readonly")},
            }
            for message in reply.messages
            for disk in message.disks
        ]

    async def disk_wipe(self, names: Iterable[str], method: str, within: float) -> None:
        """Wipe whole disks (``sdb``) that nothing uses, FAST or with ZEROES, within so many seconds.

        When one of them is in use the machine refuses all, with `Precondition`.
        """
        kind = wire.number("storage.BlockDeviceWipeDescriptor.Method", method)
        devices = [{"device": name, "method": kind} for name in names]
        service = "storage.StorageService"
        reply = await self._transport.call(service, "BlockDeviceWipe", within=within, devices=devices)
        self._refused(reply.messages)

    async def read(self, path: str) -> bytes:
        """A file of the machine."""
        return b"".join(part.bytes for part in await self._transport.collect(_MACHINE, "Read", path=path))

    async def boot_id(self) -> str:
        """Another one after every boot (proc(5), random/boot_id)."""
        return (await self.read("/proc/sys/kernel/random/boot_id")).decode().strip()

    async def kubeconfig_archive(self) -> bytes:
        """The administrator's kubeconfig as a gzipped tar; made anew by every call."""
        return b"".join(part.bytes for part in await self._transport.collect(_MACHINE, "Kubeconfig"))

    async def failures(self, seconds: float = 1.0) -> list[str]:
        """What the machine's own event log says went wrong since it booted, oldest first."""
        said: list[str] = []
        try:
            async with asyncio.timeout(seconds):
                async for event in self.events(tail=-1):
                    said.extend(_failure(event))
        except TimeoutError:  # the stream has no end; what was told so far is all there is
            pass
        return said

    async def events(self, tail: int = 0) -> AsyncIterator[Any]:
        """The machine's events, ``tail`` of the past ones first (-1 for all). The first message says nothing."""
        async for event in self._transport.stream(_MACHINE, "Events", tail_events=tail):
            yield event

    async def get(self, namespace: str, type: str, id: str) -> Resource:
        """One COSI resource; raises `NotFound`."""
        reply = await self._transport.call(_STATE, "Get", namespace=namespace, type=type, id=id)
        return _resource(reply.resource)

    async def find(self, namespace: str, type: str, id: str) -> Resource | None:
        """One COSI resource, or None when there is none of that id."""
        try:
            return await self.get(namespace, type, id)
        except NotFound:
            return None

    async def list(self, namespace: str, type: str) -> list[Resource]:
        """Every COSI resource of a type (``Disks.block.talos.dev``) in a namespace."""
        replies = await self._transport.collect(_STATE, "List", namespace=namespace, type=type)
        return [_resource(reply.resource) for reply in replies]

    async def watch(self, namespace: str, type: str, id: str) -> AsyncIterator[Resource | None]:
        """The resource now and after each change (None while there is none), until the connection ends."""
        asked = {"namespace": namespace, "type": type, "id": id, "api_version": 1}
        async for reply in self._transport.stream(_STATE, "Watch", **asked):
            for event in reply.event:
                kind = wire.name("cosi.resource.EventType", event.event_type)
                if kind == "ERRORED":
                    raise Internal(f"the watch failed: {event.error}", object=self.name, retryable=True)
                if event.HasField("resource") and event.resource.metadata.id == id:
                    yield None if kind == "DESTROYED" else _resource(event.resource)

    async def _one(self, name: str, **fields: Any) -> Any:
        """The only message of a unary reply of the machine service."""
        reply = await self._transport.call(_MACHINE, name, **fields)
        self._refused(reply.messages)
        if not reply.messages:
            raise Internal(f"answered {name} with nothing", object=self.name)
        return reply.messages[0]

    def _refused(self, messages: Any) -> None:
        """apid reports a failure of a proxied node inside an otherwise good reply (api/common/common.proto)."""
        for message in messages:
            if message.metadata.error:
                raise Internal(message.metadata.error, object=self.name)


def _containerd(namespace: str) -> Json:
    """The containerd that keeps its images on disk has both namespaces; the other one is for Talos' own services
    (internal/app/internal/ctrhelper of siderolabs/talos).
    """
    driver = wire.number("common.ContainerDriver", "CRI")
    return {"driver": driver, "namespace": wire.number("common.ContainerdNamespace", namespace)}


def _service(found: Any) -> Json:
    return {
        "id": found.id,
        "state": found.state,
        "healthy": None if found.health.unknown else found.health.healthy,
        "message": found.health.last_message or _last_event(found),
    }


def _last_event(service: Any) -> str:
    return str(service.events.events[-1].msg) if service.events.events else ""


def _resource(found: Any) -> Resource:
    return Resource(found.metadata.id, found.metadata.version, _spec(found), found.metadata.phase)


def _spec(found: Any) -> Json:
    """The YAML form as a value; a machine configuration as the text in which it was submitted, byte for byte."""
    if found.metadata.type == "MachineConfigs.config.talos.dev":
        kind = wire.message("resource.config.MachineConfigSpec")
        return kind.FromString(found.spec.proto_spec).yaml_marshalled.decode()
    return yaml_text.load(found.spec.yaml_spec)


# The events that tell of a failure; their type URL is Talos' own (talos/runtime/<full name>).
_TELLING = ("machine.SequenceEvent", "machine.ConfigLoadErrorEvent", "machine.ConfigValidationErrorEvent")


def _failure(event: Any) -> list[str]:
    name = event.data.type_url.rpartition("/")[2]
    if name not in _TELLING:
        return []
    told = wire.message(name).FromString(event.data.value)
    if name != "machine.SequenceEvent":
        return [told.error] if told.error else []
    return [f"{told.sequence}: {told.error.message}"] if told.error.message else []
