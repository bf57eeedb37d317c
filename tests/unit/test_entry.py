"""The test entry module: the only thing that can arm fault points."""

from pathlib import Path

import pytest

from fedi.kit import faults
from tests import entry


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(faults, "_armed", {})
    monkeypatch.setattr(entry, "list_points", lambda: ["inbound.committed"])
    monkeypatch.setenv("FEDI_TEST_FAULTS", str(tmp_path))
    return tmp_path


def test_a_point_strikes_once_and_only_when_ordered(orders: Path) -> None:
    entry.arm()
    faults.point("inbound.committed")
    (orders / "inbound.committed").write_text("raise")
    with pytest.raises(entry.FaultStruck):
        faults.point("inbound.committed")
    faults.point("inbound.committed")
    assert [file.name for file in orders.iterdir()] == ["inbound.committed.struck"]


def test_a_point_may_wait_for_a_later_passing(orders: Path) -> None:
    entry.arm()
    (orders / "inbound.committed").write_text("raise 3")
    faults.point("inbound.committed")
    faults.point("inbound.committed")
    with pytest.raises(entry.FaultStruck):
        faults.point("inbound.committed")


def test_without_the_entry_module_nothing_is_armed(orders: Path) -> None:
    (orders / "inbound.committed").write_text("raise")
    faults.point("inbound.committed")
