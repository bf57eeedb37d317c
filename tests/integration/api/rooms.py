"""The same instance under other settings, for one request."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from fedi.config import Settings
from tests.integration.api.conftest import House


async def ask(
    house: House,
    method: str,
    path: str,
    said: Mapping[str, Any] | None = None,
    *,
    settings: Settings | None = None,
    token: str = "",
    **more: Any,
) -> httpx.Response:
    """One request to the house with other settings of `[instance]`, or others altogether."""
    before = house.runtime.settings
    wanted = settings or before
    headers = {"authorization": f"Bearer {token}"} if token else {}
    house.runtime.settings = replace(wanted, instance=replace(wanted.instance, **(said or {})))
    house.services.kept.clear()
    try:
        return await house.client.request(method, path, headers=headers, **more)
    finally:
        house.runtime.settings = before
        house.services.kept.clear()
