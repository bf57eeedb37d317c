"""What the long runs share."""

import os

import pytest

from tests.rig.certificates import Certificates, make_certificates


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("FEDI_TEST_SOAK"):
        return
    for item in items:
        if "/soak/" in item.nodeid or item.nodeid.startswith("tests/soak"):
            item.add_marker(pytest.mark.skip(reason="runs with make soak"))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority for all test hosts."""
    return make_certificates(tmp_path_factory.mktemp("certificates"), ["a.test", "*.peers.test"])
