# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talos' calls about images: those of containers, and installers, which bring another Talos."""

from __future__ import annotations

from ...core.error import Internal, Unsupported
from ...core.path import Json
from . import wire
from .calls import MACHINE, Calls

_IMAGE = "machine.ImageService"


class ImageCalls(Calls):
    """Namespaces of containerd are NS_SYSTEM and NS_CRI."""

    async def images(self, namespace: str) -> list[Json]:
        """``{name, digest, size}`` (bytes) of every image in a namespace of containerd (NS_SYSTEM, NS_CRI); one image
        has several names.
        """
        try:
            found = await self._transport.collect(_IMAGE, "List", containerd=_containerd(namespace))
        except Unsupported:  # before 1.13
            number = wire.number("common.ContainerdNamespace", namespace)
            found = await self._transport.collect(MACHINE, "ImageList", namespace=number)
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


def _containerd(namespace: str) -> Json:
    """The containerd that keeps its images on disk has both namespaces; the other one is for Talos' own services
    (internal/app/internal/ctrhelper of siderolabs/talos).
    """
    driver = wire.number("common.ContainerDriver", "CRI")
    return {"driver": driver, "namespace": wire.number("common.ContainerdNamespace", namespace)}
