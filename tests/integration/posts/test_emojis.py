"""Emojis of this server: added from a file, shown to apps, and taken away."""

import dataclasses
from pathlib import Path

import pytest
import pyvips

from fedi.config import Settings
from fedi.core.emojis.queries import list_all, list_visible
from fedi.core.emojis.service import add_emoji, remove_emoji
from fedi.kit.errors import FediError, NotFound
from fedi.kit.runtime import Runtime
from tests.integration.posts.world import World


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """As everywhere, with a data directory."""
    return dataclasses.replace(settings, data=str(tmp_path / "data"))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small black square."""
    path = tmp_path / "bee.png"
    black = pyvips.Image.black(32, 32, bands=3)
    black.copy(interpretation="srgb").pngsave(str(path))
    return path


@pytest.fixture
def others(picture: Path, tmp_path: Path) -> list[Path]:
    """No picture, and one that is too large."""
    text, huge = tmp_path / "text.png", tmp_path / "huge.png"
    text.write_text("hello")
    huge.write_bytes(picture.read_bytes() + b"\0" * 300_000)
    return [text, huge]


async def test_an_emoji_is_added_replaced_and_removed(runtime: Runtime, picture: Path) -> None:
    world = World(runtime)
    anna = await world.member("anna")
    first = await add_emoji(runtime, "bee", picture, "insects")
    second = await add_emoji(runtime, "bee", picture)
    assert first != second
    (emoji,) = await list_visible(runtime.read())
    assert (emoji.id, emoji.shortcode, emoji.category) == (second, "bee", None)
    for key in (emoji.file_key, emoji.static_key):
        opened = await runtime.store.open(key)
        assert opened.size > 50
        await opened.close()
    await world.post(anna, "a :bee:")
    async with runtime.unit() as unit:
        await remove_emoji(unit, "bee")
        with pytest.raises(NotFound):
            await remove_emoji(unit, "bee")
    assert await list_all(runtime.read()) == []


async def test_what_is_no_emoji(runtime: Runtime, picture: Path, others: list[Path]) -> None:
    for name in ("b", "bee bee", ":bee:", "b" * 65):
        with pytest.raises(FediError):
            await add_emoji(runtime, name, picture)
    for path in others:
        with pytest.raises(FediError):
            await add_emoji(runtime, "bee", path)
    assert await list_all(runtime.read()) == []
