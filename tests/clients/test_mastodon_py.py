"""Mastodon.py as it comes from its package, against a running instance."""

import pytest

from tests.clients.conftest import Stage, python
from tests.rig.instance import until
from tests.rig.push import Phone

pytestmark = pytest.mark.xdist_group("clients")


async def test_it_does_everything(stage: Stage, phone: Phone) -> None:
    keys = {"point": phone.point.hex(), "auth": phone.auth.hex()}
    more = {**keys, "endpoint": stage.push.endpoint("py")}
    await stage.walk([*python(), "tests.clients.walk"], "walkpy", more)

    async def pushed() -> bool:
        messages = [each for each in stage.push.received if each.path == "/py"]
        return any(each.read(phone)["notification_type"] == "mention" for each in messages)

    await until(pushed, what="a push message arrives")
