"""What is declared about versions agrees with itself."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# PyTorch's builds for CPUs are not all to be had from one place.
EXTRAS = ("data", "test")


def pins():
    lines = (ROOT / "constraints-oldest.txt").read_text("utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and line[0] != "#"]
    return {pin.name: Version(str(pin.specifier).removeprefix("==")) for pin in found}


def bounds():
    lines = list(PROJECT["dependencies"])
    for extra in EXTRAS:
        lines += PROJECT["optional-dependencies"][extra]
    return [Requirement(line) for line in lines if not line.startswith("mefeat")]


@pytest.mark.parametrize("requirement", bounds(), ids=lambda item: item.name)
def test_oldest_versions_are_the_lower_bounds(requirement):
    (bound,) = (item for item in requirement.specifier if item.operator == ">=")
    assert pins()[requirement.name] == Version(bound.version)


def test_no_upper_bounds():
    # They would keep users from fixes, and are wrong more often than right.
    for requirement in bounds():
        assert {item.operator for item in requirement.specifier} == {">="}
