"""masto.js as npm gives it, with its streams, against a running instance."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Stage
from tests.rig.instance import until
from tests.rig.push import Phone

SOURCE = Path(__file__).parent / "masto"
NODE, NPM = shutil.which("node"), shutil.which("npm")

pytestmark = [
    pytest.mark.xdist_group("clients"),
    pytest.mark.skipif(
        NODE is None, reason="node is not installed: masto.js needs node 20 or newer"
    ),
]


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script beside its packages."""
    folder = tmp_path_factory.mktemp("masto")
    for name in ("package.json", "package-lock.json", "walk.mjs"):
        shutil.copy(SOURCE / name, folder / name)
    assert NPM is not None, "node is there, npm is not"
    words = [NPM, "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, f"npm ci failed: {done.stdout}{done.stderr}"
    return folder / "walk.mjs"


async def test_it_does_everything(stage: Stage, phone: Phone, walk: Path) -> None:
    assert NODE is not None
    keys = {"p256dh": phone.p256dh, "auth": phone.auth_text}
    more = {**keys, "endpoint": stage.push.endpoint("js")}
    await stage.walk([NODE, str(walk)], "walkjs", more)

    async def pushed() -> bool:
        messages = [each for each in stage.push.received if each.path == "/js"]
        return any(each.read(phone)["notification_type"] == "mention" for each in messages)

    await until(pushed, what="a push message arrives")
