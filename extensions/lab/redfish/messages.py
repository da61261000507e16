# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals in the shape of DSP0266 §8.6 (error responses), with message ids of the DMTF Base registry and of iDRAC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BASE = "Base.1.12"
IDRAC = "IDRAC.2.8"


@dataclass(frozen=True)
class Message:
    """A registry entry: HTTP status it comes with, text with ``{0}`` … for its arguments, severity, resolution."""

    status: int
    text: str
    severity: str = "Critical"
    resolution: str = "None."


# Ids and arguments as the registries have them. The texts of IDRAC ones are those an iDRAC 9 sends.
MESSAGES: dict[str, Message] = {
    f"{BASE}.AccessDenied": Message(401, "Credentials for {0} are missing or wrong.", resolution="Log in."),
    f"{BASE}.NoValidSession": Message(401, "The session has ended or never was.", resolution="Log in again."),
    f"{BASE}.ResourceMissingAtURI": Message(404, "There is no resource at {0}."),
    f"{BASE}.OperationNotAllowed": Message(405, "This resource does not take that method."),
    f"{BASE}.MalformedJSON": Message(400, "The body is not a JSON object."),
    f"{BASE}.PropertyUnknown": Message(400, "The property {0} is not one of this resource.", "Warning"),
    f"{BASE}.PropertyNotWritable": Message(400, "The property {0} cannot be written.", "Warning"),
    f"{BASE}.PropertyMissing": Message(400, "The property {0} is required.", "Warning"),
    f"{BASE}.PropertyValueNotInList": Message(400, "The value {0} is not one the property {1} takes.", "Warning"),
    f"{BASE}.ActionParameterMissing": Message(400, "The action {0} requires the parameter {1}."),
    f"{BASE}.ActionParameterValueNotInList": Message(400, "The value {0} is not one the parameter {1} of {2} takes."),
    f"{BASE}.ActionParameterUnknown": Message(400, "The action {0} has no parameter {1}.", "Warning"),
    f"{BASE}.ActionParameterValueFormatError": Message(
        400, "The value {0} has not the form the parameter {1} of {2} has."
    ),
    f"{BASE}.ResourceInUse": Message(
        409, "The resource is in use, or not in the state that the change needs.", "Warning"
    ),
    f"{BASE}.PreconditionFailed": Message(412, "The resource is not the one that If-Match names."),
    f"{BASE}.HeaderInvalid": Message(412, "The header {0} has a value that is not served."),
    f"{BASE}.SessionLimitExceeded": Message(503, "There are too many sessions.", resolution="Close one."),
    f"{BASE}.InternalError": Message(500, "The service has failed inside.", resolution="Reset the BMC."),
    f"{BASE}.ServiceTemporarilyUnavailable": Message(503, "The service is busy; ask again in {0} seconds."),
    f"{BASE}.GeneralError": Message(500, "A general error has occurred."),
    f"{IDRAC}.RAC0904": Message(400, "The remote file location is not accessible or reachable.", "Warning"),
    f"{IDRAC}.PSU501": Message(409, "Server is already powered ON.", "Informational"),
    f"{IDRAC}.PSU502": Message(409, "Server is already powered OFF.", "Informational"),
}


class RedfishError(Exception):
    """A request that is answered with an error."""

    def __init__(self, message_id: str, *arguments: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message_id, *arguments)
        self.status = MESSAGES[message_id].status
        self.headers = headers or {}
        self._id = message_id
        self._arguments = arguments

    def body(self) -> dict[str, Any]:
        """The error object: a general code, and the reason in the extended information, as an iDRAC has it."""
        entry = MESSAGES[self._id]
        text = entry.text.format(*self._arguments)
        info = {
            "@odata.type": "#Message.v1_1_1.Message",
            "MessageId": self._id,
            "Message": text,
            "MessageArgs": list(self._arguments),
            "MessageSeverity": entry.severity,
            "Severity": entry.severity,
            "Resolution": entry.resolution,
        }
        general = "A general error has occurred. See ExtendedInfo for more information."
        return {"error": {"code": f"{BASE}.GeneralError", "message": general, "@Message.ExtendedInfo": [info]}}


def missing(path: str) -> RedfishError:
    """There is nothing at ``path``."""
    return RedfishError(f"{BASE}.ResourceMissingAtURI", path)
