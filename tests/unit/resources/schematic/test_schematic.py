# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schematics: ids that real factories gave, what is refused, and what is found in them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.schematic import canonical, kernel_args
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.schematic.schematic import Schematic

EMPTY = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"
HUGE = ["hugepagesz=1G", "hugepages=16", "hugepagesz=2M", "hugepages=8192"]
OF_AN_ISSUE = {
    "customization": {
        "extraKernelArgs": ["pcie_aspm=off", "intel_iommu=on", "iommu=pt", *HUGE, "isolcpus=1-3,5-7"],
        "systemExtensions": {"officialExtensions": ["siderolabs/drbd", "siderolabs/intel-ucode"]},
    }
}
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1).filter(
    lambda text: not canonical.unwritable(text)
)


def parse(**content: Any) -> Schematic:
    return Schematic.parse(Given(content, ("schematic",)))


def customized(**content: Any) -> Schematic:
    return parse(customization=content)


def found(version: tuple[int, int], *arguments: str) -> list[tuple[int, str]]:
    return [(finding.path[-1], finding.reason) for finding in kernel_args.findings(arguments, version, ())]  # type: ignore[misc]


# ---- the id


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({}, EMPTY),
        ({"customization": None}, EMPTY),
        ({"customization": {"extraKernelArgs": [], "systemExtensions": {}, "bootloader": "auto"}}, EMPTY),
        # siderolabs/talos#11310, answered by factory.talos.dev
        (OF_AN_ISSUE, "7e0105b39aeca11facc4a65eb08a87e89a465ec0e214984561d269fc0405d0a6"),
        # image-factory pkg/schematic/schematic_test.go
        (
            {"customization": {"extraKernelArgs": ["noapic", "nolapic"]}},
            "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c",
        ),
        (
            {"customization": {"meta": [{"key": 10, "value": "foo"}]}},
            "d308a2a5ee2277bed5fbaa104fcbc8d59122abfa737df987a95b4ca763459a7f",
        ),
        (
            {"customization": {"secureboot": {"includeWellKnownCertificates": True}}},
            "fa8e05f142a851d3ee568eb0a8e5841eaf6b0ebc8df9a63df16ac5ed2c04f3e6",
        ),
        (
            {"customization": {"diskImage": {"sectorSize": 4096}}},
            "92833e9ddd9bb9e11b2464fa5525429f01866306d52ebd882ee08d7918f6d1ea",
        ),
        (
            {"overlay": {"name": "rpi_generic", "image": "siderolabs/sbc-raspberrypi"}},
            "ee21ef4a5ef808a9b7484cc0dda0f25075021691c8c09a276591eedb638ea1f9",
        ),
    ],
)
def test_the_id_is_the_one_that_factories_give(content: dict[str, Any], name: str) -> None:
    assert parse(**content).id == name


def test_keys_are_in_the_factorys_order_whatever_the_users() -> None:
    one = customized(extraKernelArgs=["a"], secureboot={"enrollKeys": "off"}, bootloader="sd-boot")
    other = customized(bootloader="sd-boot", secureboot={"enrollKeys": "off"}, extraKernelArgs=["a"])
    assert one.id == other.id
    assert customized(extraKernelArgs=["a", "b"]).id != customized(extraKernelArgs=["b", "a"]).id


@given(TEXTS)
def test_every_text_is_read_as_what_it_was(text: str) -> None:
    schematic = parse(customization={"extraKernelArgs": [text], "meta": [{"key": 1, "value": text}]})
    read = yaml.load(schematic.text, Loader=yaml.BaseLoader)["customization"]
    assert (read["extraKernelArgs"], read["meta"]) == ([text], [{"key": "1", "value": text}])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("quiet", "quiet"),
        ("console=ttyS0,115200", "console=ttyS0,115200"),
        ("-selinux", "-selinux"),
        ("0000:04:00.00", '"0000:04:00.00"'),
        ("04:00.0", '"04:00.0"'),
        ("aa:bb", "aa:bb"),
        ("a: b", "'a: b'"),
        ("it's #1", "'it''s #1'"),
        ('"hugepagesz=1G"', "'\"hugepagesz=1G\"'"),
        ("{}", "'{}'"),
        ("off", '"off"'),
        ("1e3", '"1e3"'),
        ("0x1F", '"0x1F"'),
        ("08", "08"),
        ("1e999", "1e999"),
        ("99999999999999999999", '"99999999999999999999"'),
        ("2026-11-21", '"2026-11-21"'),
        ("2026-13-21", "2026-13-21"),
        ("a\tb", '"a\\tb"'),
        ("", '""'),
    ],
)
def test_a_text_is_quoted_as_go_does_it(text: str, written: str) -> None:
    expected = written if written != "08" else '"08"'
    assert canonical.text({"key": text}) == f"key: {expected}\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a: 1\nb: 2\n", "|\n    a: 1\n    b: 2\n"),
        ("a\n\nb", "|-\n    a\n\n    b\n"),
        ("a\n\n", "|+\n    a\n\n"),
        ("a\n b\n", "|\n    a\n     b\n"),
    ],
)
def test_several_lines_are_a_block(text: str, written: str) -> None:
    assert canonical.text({"key": text}) == f"key: {written}"


def test_keys_of_options_are_in_gos_order() -> None:
    wanted = ["_", "9", "10", "B", "a", "b", "b-1", "b9", "b10"]
    assert canonical.in_order(sorted(wanted)) == wanted


# ---- what no factory takes


@pytest.mark.parametrize(
    ("content", "path", "said"),
    [
        ({"customisation": {}}, "schematic.customisation", "did you mean customization"),
        ({"customization": {"kernelArgs": []}}, "schematic.customization.kernelArgs", "unknown key"),
        ({"customization": {"extraKernelArgs": "a"}}, "schematic.customization.extraKernelArgs", "a list"),
        ({"customization": {"extraKernelArgs": ["a", 1]}}, "schematic.customization.extraKernelArgs[1]", "not a text"),
        ({"customization": {"extraKernelArgs": [True]}}, "schematic.customization.extraKernelArgs[0]", "not a text"),
        ({"customization": {"extraKernelArgs": ["\x07"]}}, "schematic.customization.extraKernelArgs[0]", r"U\+0007"),
        ({"customization": {"extraKernelArgs": ["a \nb"]}}, "schematic.customization.extraKernelArgs[0]", "a space"),
        ({"customization": {"extraKernelArgs": ["<<"]}}, "schematic.customization.extraKernelArgs[0]", "merge key"),
        (
            {"customization": {"extraKernelArgs": ["\ta\n"]}},
            "schematic.customization.extraKernelArgs[0]",
            "white space",
        ),
        ({"customization": {"meta": [{"key": 256, "value": ""}]}}, "schematic.customization.meta[0].key", "0 … 255"),
        ({"customization": {"meta": [{"key": 1}]}}, "schematic.customization.meta[0].value", "required"),
        ({"customization": {"bootloader": "lilo"}}, "schematic.customization.bootloader", "sd-boot"),
        ({"overlay": {"name": "a"}}, "schematic.overlay.image", "required"),
        (
            {"overlay": {"name": "a", "image": "b", "options": {"x": [1.5]}}},
            "schematic.overlay.options.x[0]",
            "neither a text nor",
        ),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(content: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        parse(**content)
    assert str(refused.value).startswith(f"{path}: ")


# ---- what is found


def test_page_sizes_that_the_factory_takes_apart_are_found() -> None:
    ((index, reason),) = found((1, 13), *HUGE)
    assert index == 2
    assert "hugepagesz=1G hugepagesz=2M hugepages=16 hugepages=8192" in reason
    assert found((1, 13), "default_hugepagesz=1G", *HUGE[:2]) == []
    assert [index for index, _reason in found((1, 13), "quiet", " ".join(HUGE))] == [1]
    assert [index for index, _reason in found((1, 13), "hugepages=512", "hugepagesz=1G", "hugepages=4")] == [2]


def test_other_repeated_arguments_are_only_remarked() -> None:
    harmless = customized(extraKernelArgs=["console=tty0", "quiet", "console=ttyS0"])
    assert list(harmless.findings((1, 13), None)) == []
    assert [remark.endswith("console=tty0 console=ttyS0 quiet") for remark in harmless.remarks()] == [True]
    assert list(customized(extraKernelArgs=["console=tty0", "console=ttyS0", "quiet"]).remarks()) == []


def test_texts_that_some_factories_quote_otherwise_are_remarked() -> None:
    """Measured: v4.0.0-rc.5 and rc.6 of go.yaml.in/yaml write 'off', all versions before and after write "off"."""
    (remark,) = customized(secureboot={"enrollKeys": "off"}, extraKernelArgs=["quiet", "1:30"]).remarks()
    assert "quote '1:30', 'off' otherwise" in remark
    assert list(customized(secureboot={"enrollKeys": "force"}, extraKernelArgs=["true", "1"]).remarks()) == []


@pytest.mark.parametrize(
    ("argument", "useless", "useful"),
    [
        ("nohz_full=2-31", (1, 14), (1, 15)),
        ("rcu_nocbs=2-31", (1, 14), (1, 15)),
        ("isolcpus=nohz,domain,2-31", (1, 14), (1, 15)),
        ("preempt=full", (1, 12), (1, 13)),
    ],
)
def test_arguments_that_the_kernel_ignores_are_found(
    argument: str, useless: tuple[int, int], useful: tuple[int, int]
) -> None:
    assert [index for index, _reason in found(useless, "quiet", argument)] == [1]
    assert found(useful, "quiet", argument) == []
    assert found(useless, "isolcpus=managed_irq,domain,2-31") == []


@pytest.mark.parametrize("argument", ["-slab_nomerge", "-pti", "-pti=on"])
def test_arguments_without_which_talos_does_not_boot_are_found(argument: str) -> None:
    assert [reason.endswith("does not boot without it") for _index, reason in found((1, 14), argument)] == [True]
    assert found((1, 14), "-selinux") == []


def test_extensions_that_there_are_not_are_found() -> None:
    schematic = customized(
        systemExtensions={"officialExtensions": ["siderolabs/drbd", "siderolabs/intel-ucodes", "lldpd"]}
    )
    at = "schematic.customization.systemExtensions.officialExtensions"
    some = [str(finding) for finding in schematic.findings((1, 13), ["siderolabs/drbd", "siderolabs/intel-ucode"])]
    assert some[0].startswith(f"{at}[1]: ")
    assert some[0].endswith("did you mean siderolabs/intel-ucode?")
    assert [finding.path[-1] for finding in schematic.findings((1, 13), None)] == [2]
    twice = customized(systemExtensions={"officialExtensions": ["siderolabs/drbd"] * 2})
    assert [finding.path[-1] for finding in twice.findings((1, 13), None)] == [1]


ARGUMENT = st.builds(lambda key, value: f"{key}={value}", st.sampled_from("abc"), st.integers(0, 3))


@given(st.lists(st.one_of(ARGUMENT, st.sampled_from(["quiet", *HUGE])), max_size=9))
def test_grouping_keeps_every_argument_and_the_order_within_a_name(entries: list[str]) -> None:
    before = kernel_args.split(entries)
    after = kernel_args.grouped(before)
    assert sorted(each.index for each in after) == list(range(len(entries)))
    assert kernel_args.grouped(after) == after
    for key in {each.key for each in before}:
        assert [each for each in after if each.key == key] == [each for each in before if each.key == key]
    assert (kernel_args.regrouped(entries) == "") == ([each.text for each in after] == entries)


# ---- secrets


def test_an_embedded_configuration_is_not_shown() -> None:
    schematic = customized(embeddedMachineConfiguration="machine:\n  token: abcdef.0123456789abcdef\n")
    assert "abcdef.0123456789abcdef" in schematic.text
    shown = schematic.shown(lambda text: f"<secret {len(text)}>")
    assert re.search(r"embeddedMachineConfiguration: <secret \d+>\n", shown)
    assert customized(bootloader="grub").shown(str) == customized(bootloader="grub").text
