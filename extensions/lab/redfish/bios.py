# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firmware settings: what is in force, what waits for a start, and the registry that says what can be set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..machine_firmware import ATTRIBUTES, Attribute, Firmware
from .catalogue import ROOT, SYSTEM, Json, collection, link, resource
from .messages import BASE, RedfishError

BIOS = f"{SYSTEM}/Bios"
SETTINGS = f"{BIOS}/Settings"
REGISTRIES = f"{ROOT}/Registries"
REGISTRY = "BiosAttributeRegistry.v1_0_0"

_APPLY = "@Redfish.SettingsApplyTime"
_TIMES = ("OnReset", "AtMaintenanceWindowStart", "InMaintenanceWindowOnReset")


def shown(firmware: Firmware) -> Iterable[Json]:
    """The settings, those that wait, and the registry."""
    settings = {"SettingsObject": link(SETTINGS), "SupportedApplyTimes": list(_TIMES)}
    yield resource(
        BIOS,
        "Bios.v1_2_1",
        "BIOS Configuration Current Settings",
        AttributeRegistry=REGISTRY,
        Attributes=firmware.settings,
        **{"@Redfish.Settings": {"@odata.type": "#Settings.v1_3_5.Settings", **settings}},
    )
    yield resource(
        SETTINGS,
        "Bios.v1_2_1",
        "BIOS Configuration Pending Settings",
        AttributeRegistry=REGISTRY,
        Attributes={name: value for name, value in firmware.pending.items() if ATTRIBUTES[name].kind != "Password"},
    )
    yield collection(REGISTRIES, "MessageRegistryFile", [f"{REGISTRIES}/{REGISTRY}"])
    yield resource(
        f"{REGISTRIES}/{REGISTRY}",
        "MessageRegistryFile.v1_1_3",
        "BIOS Attribute Registry",
        Registry=REGISTRY,
        Languages=["en"],
        Location=[{"Language": "en", "Uri": f"{BIOS}/BiosRegistry"}],
    )
    yield resource(
        f"{BIOS}/BiosRegistry",
        "AttributeRegistry.v1_3_6",
        "BIOS Attribute Registry",
        Id=REGISTRY,
        Language="en",
        OwningEntity="Dell",
        RegistryVersion="v1_0_0",
        RegistryEntries={"Attributes": [_entry(name, attribute) for name, attribute in ATTRIBUTES.items()]},
    )


def patched(firmware: Firmware, body: Mapping[str, Any]) -> Firmware:
    """The settings after a PATCH of the pending ones; raises RedfishError (400) and then changes none."""
    for key in body:
        if key not in ("Attributes", _APPLY):
            raise RedfishError(f"{BASE}.PropertyNotWritable", key)
    wanted = body.get("Attributes")
    if not isinstance(wanted, Mapping) or not wanted:
        raise RedfishError(f"{BASE}.PropertyMissing", "Attributes")
    for name, value in wanted.items():
        _check(name, value)
    time = (body.get(_APPLY) or {}).get("ApplyTime")
    if time is not None and time not in _TIMES:
        raise RedfishError(f"{BASE}.PropertyValueNotInList", str(time), "ApplyTime")
    return Firmware(firmware.current, {**firmware.pending, **wanted}, firmware.scheduled or time is not None)


def _check(name: str, value: object) -> None:
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        raise RedfishError(f"{BASE}.PropertyUnknown", f"Attributes/{name}")
    if attribute.read_only:
        raise RedfishError(f"{BASE}.PropertyNotWritable", f"Attributes/{name}")
    if not attribute.takes(value):
        raise RedfishError(f"{BASE}.PropertyValueNotInList", str(value), f"Attributes/{name}")


def _entry(name: str, attribute: Attribute) -> Json:
    """An entry of the registry (DMTF schema AttributeRegistry)."""
    limits: Json = {}
    if attribute.kind == "Enumeration":
        limits = {"Value": [{"ValueName": value, "ValueDisplayName": value} for value in attribute.values]}
    elif attribute.kind == "Integer":
        limits = {"LowerBound": attribute.low, "UpperBound": attribute.high, "ScalarIncrement": 0}
    else:
        limits = {"MinLength": attribute.low, "MaxLength": attribute.high}
    common = {"AttributeName": name, "Type": attribute.kind, "ReadOnly": attribute.read_only, "Immutable": False}
    return {**common, "DisplayName": name, "Hidden": False, "WriteOnly": attribute.kind == "Password", **limits}
