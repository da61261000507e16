# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest needs of others: Secrets, claims, attachments, types. virt-api accepts it when they are missing, and the
machine then never starts (measured).
"""

from __future__ import annotations

from collections.abc import Iterator

from ...engine.kind import Ref, ref

_VOLUMES = (
    ("Secret", "cloudInitNoCloud.secretRef.name"),
    ("Secret", "cloudInitNoCloud.networkDataSecretRef.name"),
    ("Secret", "cloudInitConfigDrive.secretRef.name"),
    ("Secret", "cloudInitConfigDrive.networkDataSecretRef.name"),
    ("Secret", "secret.secretName"),
    ("Secret", "sysprep.secret.name"),
    ("ConfigMap", "configMap.name"),
    ("ConfigMap", "sysprep.configMap.name"),
    ("PersistentVolumeClaim", "persistentVolumeClaim.claimName"),
    ("PersistentVolumeClaim", "ephemeral.persistentVolumeClaim.claimName"),
    ("ServiceAccount", "serviceAccount.serviceAccountName"),
)
_TYPES = (
    ("instancetype", "VirtualMachineInstancetype", "VirtualMachineClusterInstancetype"),
    ("preference", "VirtualMachinePreference", "VirtualMachineClusterPreference"),
)


def guest(spec: str, *, holds: bool = True) -> Iterator[Ref]:
    """What the guest at ``spec`` (a VirtualMachineInstance's spec) refers to."""
    for kind, path in _VOLUMES:
        yield ref(kind, f"{spec}.volumes[*].{path}", holds=holds)
    # Its own templates may make it, or the claim may be there without it.
    yield ref("DataVolume", f"{spec}.volumes[*].dataVolume.name", required=False, holds=holds)
    yield ref("NetworkAttachmentDefinition", f"{spec}.networks[*].multus.networkName", holds=holds)


def machine(spec: str, *, holds: bool = True) -> Iterator[Ref]:
    """What the machine at ``spec`` (a VirtualMachine's spec) refers to, its guest included."""
    for field, own, shared in _TYPES:
        yield ref(own, f"{spec}.{field}.name", when=("kind", (own,)), holds=holds)
        yield ref(shared, f"{spec}.{field}.name", when=("kind", ("", shared)), holds=holds)
    yield from guest(f"{spec}.template.spec", holds=holds)
