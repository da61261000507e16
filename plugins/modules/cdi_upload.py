# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk images of this machine as volumes of a cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cdi_upload
short_description: Upload a disk image into a volume
version_added: "0.1.0"
description:
  - Makes a DataVolume, or a claim, fills it with a disk image that lies on the machine where the module runs, and waits
    until CDI has converted it. The file is streamed to CDI's upload proxy and never lies in memory as a whole.
  - The volume remembers the file's SHA-256 digest in the annotation C(nfvi.kubevim.io/sha256). A volume that is filled
    with that file is left alone, and one that is filled with something else is refused unless O(replace) is set.
  - An upload that was cut starts anew from the beginning, up to three times in one call, and at the next call where
    that does not help. CDI knows no other way.
options:
  name:
    description: Name of the volume.
    type: str
    required: true
  namespace:
    description: Its namespace.
    type: str
    default: default
  target:
    description: Whether the volume is a DataVolume or no more than a PersistentVolumeClaim.
    type: str
    choices: [data_volume, claim]
    default: data_volume
  file:
    description:
      - Path of the image, raw or qcow2, possibly compressed by gzip, xz or zstd; a tar archive with
        O(content_type=archive). Needed for O(state=present).
    type: path
  checksum:
    description:
      - SHA-256 digest that the file must have. Where the volume has it already, the file is not read.
    type: str
  size:
    description:
      - Size of the volume, for example V(10Gi). By default as large as the disk in the image, which a compressed one
        does not tell. One that is too small is refused.
    type: str
  storage_class:
    description: StorageClass; the cluster's default by default.
    type: str
  access_modes:
    description: Access modes. By default what CDI knows of the storage, and V(ReadWriteOnce) for O(target=claim).
    type: list
    elements: str
    choices: [ReadWriteOnce, ReadWriteMany, ReadOnlyMany, ReadWriteOncePod]
    default: []
  volume_mode:
    description: Whether it is a block device.
    type: str
    choices: [Block, Filesystem]
  content_type:
    description: Whether it is filled with a disk or with the files of an archive.
    type: str
    choices: [kubevirt, archive]
    default: kubevirt
  immediate_binding:
    description: Whether a volume is bound at once where its storage would wait for the first pod that uses it.
    type: bool
    default: true
  preallocation:
    description: Whether all of its space is written.
    type: bool
    default: false
  labels:
    description: Labels of the volume.
    type: dict
  replace:
    description: Whether a volume that is filled with something else is deleted and made anew.
    type: bool
    default: false
  upload_url:
    description: Address of the upload proxy, https only. By default the one that CDI knows of, in its CDIConfig.
    type: str
  upload_ca:
    description:
      - PEM file of the certificate authority of the upload proxy. By default the one in CDIConfig, else the machine's
        own trust store.
    type: path
  validate_upload_certs:
    description: Whether the upload proxy's certificate is verified.
    type: bool
    default: true
  wait:
    description: Wait until CDI has converted what was uploaded. Until the upload is taken is waited in any case.
    type: bool
  wait_timeout:
    description:
      - Seconds after which waiting for CDI ends, before the upload and once more after it. The upload itself takes as
        long as it takes, and fails after ten minutes without a sign of life.
    type: int
attributes:
  check_mode:
    support: full
    details:
      - The file is read, and no token is asked for.
extends_documentation_fragment:
  - kubevim.nfvi.attributes
  - kubevim.nfvi.kube
  - kubevim.nfvi.kube.writing
notes:
  - The upload proxy has to be reached from the machine where the module runs. E(HTTPS_PROXY) and E(NO_PROXY) are
    honoured.
  - The token for the upload is good for this volume alone and for five minutes. It shows nowhere.
  - Needs the right to manage datavolumes in C(cdi.kubevirt.io) or persistentvolumeclaims, to create uploadtokenrequests
    in C(upload.cdi.kubevirt.io), and to get C(cdiconfigs/config). With O(replace) also to list and watch
    persistentvolumeclaims.
seealso:
  - module: kubevim.nfvi.kubevirt_hotplug
  - module: kubevim.nfvi.kubevirt_vm
  - module: kubevim.nfvi.k8s_objects
author:
  - kubevim.nfvi contributors (@kubevim)
"""

EXAMPLES = r"""
- name: The disk of a firewall
  kubevim.nfvi.cdi_upload:
    kubeconfig: ~/.kube/config
    name: firewall-1.4
    namespace: tenant-1
    file: "{{ playbook_dir }}/images/firewall.img"
    size: 1Gi
"""

RETURN = r"""
volumes:
  description: The volume as it is, or in check mode would be; none with O(state=absent).
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: cdi.kubevirt.io/v1beta1
      kind: DataVolume
      metadata:
        name: firewall-1.4
        namespace: tenant-1
      status:
        phase: Succeeded
upload:
  description: What is known of the file and of its upload; nothing with O(state=absent).
  returned: success
  type: dict
  contains:
    phase:
      description: How far the volume is, for example C(UploadReady) or C(Succeeded).
      type: str
      sample: Succeeded
    sha256:
      description: Digest of the file.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    sent:
      description: Bytes that were sent.
      type: int
      sample: 2361393152
    format:
      description: C(raw), C(qcow2), C(gz), C(xz) or C(zstd).
      type: str
      sample: qcow2
    disk_size:
      description: Bytes of the disk in the image; 0 where a compressed one does not tell.
      type: int
      sample: 10737418240
actions:
  description: What was done, or in check mode would be, one line a change.
  returned: always
  type: list
  elements: str
  sample: [create DataVolume tenant-1/firewall-1.4, upload DataVolume tenant-1/firewall-1.4]
impact:
  description: What the changes do to running service, at worst. C(none), and C(outage) for a volume that is replaced.
  returned: success
  type: str
  sample: none
verified:
  description: False in check mode if something could not be asked because this same run creates it.
  returned: success
  type: bool
  sample: true
error:
  description: What went wrong.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - C(conflict) for a volume that is filled with something else, C(precondition) without CDI or an address of its
          upload proxy, C(unauthenticated) for a foreign certificate, C(unreachable) for an upload that was cut,
          C(never_ready), C(timeout), C(invalid_input), C(not_found), C(forbidden), C(internal).
      type: str
      sample: conflict
    reason:
      description: Why, in one sentence.
      type: str
      sample: is filled already, and it holds 9f86d081884c…
    object:
      description: The thing it happened to.
      type: str
      sample: DataVolume tenant-1/firewall-1.4
    path:
      description: The place in what was given.
      type: str
      sample: name
    hint:
      description: What to do about it, or where to look.
      type: str
      sample: "replace: true deletes it and makes it anew"
    retryable:
      description: Whether the same call may succeed later.
      type: bool
      sample: false
"""

from ..module_utils.adapter.call import Call
from ..module_utils.adapter.module import run_module
from ..module_utils.adapter.options import kube_spec
from ..module_utils.operations.session import kube_session
from ..module_utils.operations.upload import upload

MODES = ["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]
SPEC = kube_spec(
    name={"type": "str", "required": True},
    namespace={"type": "str", "default": "default"},
    target={"type": "str", "choices": ["data_volume", "claim"], "default": "data_volume"},
    file={"type": "path"},
    checksum={"type": "str"},
    size={"type": "str"},
    storage_class={"type": "str"},
    access_modes={"type": "list", "elements": "str", "choices": MODES, "default": []},
    volume_mode={"type": "str", "choices": ["Block", "Filesystem"]},
    content_type={"type": "str", "choices": ["kubevirt", "archive"], "default": "kubevirt"},
    immediate_binding={"type": "bool", "default": True},
    preallocation={"type": "bool", "default": False},
    labels={"type": "dict"},
    replace={"type": "bool", "default": False},
    upload_url={"type": "str"},
    upload_ca={"type": "path"},
    validate_upload_certs={"type": "bool", "default": True},
)

CALL = Call(SPEC, kube_session, upload.ensure)


def main() -> None:
    run_module(CALL)


if __name__ == "__main__":
    main()
