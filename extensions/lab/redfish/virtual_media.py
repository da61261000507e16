# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual media of the system, as an iDRAC 9 has them since firmware 6: two drives, each for any kind of medium."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .catalogue import SYSTEM, Json, collection, resource
from .messages import BASE, RedfishError

MEDIA = f"{SYSTEM}/VirtualMedia"
DRIVES = ("1", "2")
INSERT = "VirtualMedia.InsertMedia"
EJECT = "VirtualMedia.EjectMedia"

_PROTOCOLS = ("CIFS", "HTTP", "HTTPS", "NFS")
_PARAMETERS = ("Image", "Inserted", "WriteProtected", "UserName", "Password", "TransferMethod", "TransferProtocolType")
_IMAGE = re.compile(r"(https?|nfs|cifs)://[^/]+/.+\.(iso|img)\Z", re.IGNORECASE)


def shown(media: Mapping[str, str]) -> Iterable[Json]:
    """The drives; ``media`` maps those that hold something to the URL of its image."""
    paths = {drive: f"{MEDIA}/{drive}" for drive in DRIVES}
    yield collection(MEDIA, "VirtualMedia", paths.values())
    for drive, path in paths.items():
        image = media.get(drive)
        yield resource(
            path,
            "VirtualMedia.v1_6_3",
            f"VirtualMedia Instance {drive}",
            MediaTypes=["CD", "DVD", "USBStick"],
            Image=image,
            ImageName=image.rpartition("/")[2] if image else None,
            ConnectedVia="URI" if image else "NotConnected",
            Inserted=bool(image),
            WriteProtected=bool(image),
            TransferMethod="Stream" if image else None,
            TransferProtocolType=None,
            UserName=None,
            Password=None,
            Actions={
                f"#{INSERT}": {
                    "target": f"{path}/Actions/{INSERT}",
                    "TransferMethod@Redfish.AllowableValues": ["Stream"],
                    "TransferProtocolType@Redfish.AllowableValues": list(_PROTOCOLS),
                },
                f"#{EJECT}": {"target": f"{path}/Actions/{EJECT}"},
            },
        )


def inserted(media: Mapping[str, str], drive: str, body: Mapping[str, Any]) -> dict[str, str]:
    """The drives after an insertion; raises RedfishError. The credentials for the image are used and forgotten."""
    for key in body:
        if key not in _PARAMETERS:
            raise RedfishError(f"{BASE}.ActionParameterUnknown", INSERT, key)
    image = body.get("Image")
    if image is None:
        raise RedfishError(f"{BASE}.ActionParameterMissing", INSERT, "Image")
    if not _IMAGE.match(str(image)):
        raise RedfishError(f"{BASE}.ActionParameterValueFormatError", str(image), "Image", INSERT)
    protocol = body.get("TransferProtocolType", "HTTP")
    if protocol not in _PROTOCOLS:
        raise RedfishError(f"{BASE}.ActionParameterValueNotInList", str(protocol), "TransferProtocolType", INSERT)
    if drive in media:
        raise RedfishError(f"{BASE}.ResourceInUse")
    return {**media, drive: str(image)}


def ejected(media: Mapping[str, str], drive: str) -> dict[str, str]:
    """The drives after one is emptied; raises RedfishError when it is empty."""
    if drive not in media:
        raise RedfishError(f"{BASE}.ResourceInUse")
    return {key: image for key, image in media.items() if key != drive}
