"""Still and moving pictures, by libvips, with only those loaders switched on that we name."""

import os

os.environ.update(VIPS_BLOCK_UNTRUSTED="1", VIPS_CONCURRENCY="1", VIPS_WARNING="0")
# Never a file in the temporary directory of the system.
os.environ["VIPS_DISC_THRESHOLD"] = "8g"

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyvips

from fedi.core.media.decoder import blurhash
from fedi.core.media.decoder.cage import Refusal

# Names of loaders, each with what it is told beyond the file.
_LOADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "jpg": ("jpegload", {}),
    "png": ("pngload", {}),
    "gif": ("gifload", {}),
    "webp": ("webpload", {}),
    "avif": ("heifload", {}),
    "heic": ("heifload", {}),
}
_CLASSES = ("Jpeg", "Png", "Nsgif", "Webp", "Heif")
_MOST_SIDE = 16_383
_ORIGINAL_PIXELS = 8_294_400
_SMALL_PIXELS = 230_400
_FRAME_PIXELS = 920_000
_FRAMES = 3000
_TOTAL_PIXELS = 500_000_000
_JPEG: dict[str, Any] = {"Q": 90, "optimize_coding": True, "keep": "none"}
_SAVERS: dict[str, dict[str, Any]] = {
    "jpg": _JPEG,
    "png": {"compression": 6, "keep": "none"},
    "webp": {"Q": 88, "keep": "none"},
    "gif": {"keep": "none", "effort": 4},
}

Image = Any
Report = dict[str, Any]


def prepare() -> None:
    """Switch every loader off, then on again those that we name."""
    pyvips.cache_set_max(0)
    pyvips.operation_block_set("VipsForeignLoad", True)  # noqa: FBT003 - its only form
    for name in _CLASSES:
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)  # noqa: FBT003


def process(order: Mapping[str, Any]) -> Report:
    """A picture that stands still: itself, a small one, and what apps want to know."""
    folder = Path(order["folder"])
    image = _open(order["source"], order["extension"], order["max_pixels"])
    picture = _normalise(image)
    extension = _ending(order["extension"], picture)
    large = _within(picture, _ORIGINAL_PIXELS).copy_memory()
    original = _save(large, folder, "original", extension)
    small, more = thumbnail(large, folder)
    return {
        "type": "image",
        "original": original,
        "small": small,
        **more,
        "meta": {"original": size_of(large), "small": more["small_size"]},
    }


def thumbnail(large: Image, folder: Path) -> tuple[str, Report]:
    """The small picture beside a file, its blurhash, and the colours in it."""
    small = _within(large, _SMALL_PIXELS).copy_memory()
    name = _save(small, folder, "small", "webp" if small.hasalpha() else "jpg")
    flat = _flatten(small)
    tiny = flat.thumbnail_image(32, height=32, size="down")
    blur = blurhash.encode(bytes(tiny.write_to_memory()), tiny.width, tiny.height)
    return name, {"blurhash": blur, "small_size": size_of(small), "colors": _colours(tiny)}


def preview(order: Mapping[str, Any]) -> Report:
    """A small picture for a file that is something else, from a picture that a member chose."""
    image = _open(order["source"], order["extension"], order["max_pixels"])
    small, more = thumbnail(_normalise(image), Path(order["folder"]))
    return {"small": small, **more}


def frame(source: Path, folder: Path) -> Report:
    """The same from a frame that ffmpeg wrote."""
    image = pyvips.Image.pngload(str(source), access="sequential")
    small, more = thumbnail(_normalise(image), folder)
    return {"small": small, **more}


def profile(order: Mapping[str, Any]) -> Report:
    """An avatar or header: cut to its shape; one that moves also as one that does not."""
    folder, (width, height) = Path(order["folder"]), order["shape"]
    image = _open(order["source"], order["extension"], order["max_pixels"])
    pages = _pages(image)
    still = _cut(_normalise(image), width, height).copy_memory()
    moves = order["extension"] in {"gif", "webp"} and pages > 1
    if not moves:
        extension = "png" if still.hasalpha() or order["extension"] == "png" else "jpg"
        return {"original": _save(still, folder, "original", extension), "still": None}
    _check_frames(image, pages)
    frames = _load(order["source"], order["extension"], n=-1)
    moving = frames.thumbnail_image(width, height=height, size="down")
    if moving.get("page-height") * moving.width > _FRAME_PIXELS:
        raise Refusal("File is too large in its measures for a moving picture")
    return {
        "original": _save(moving, folder, "original", "gif"),
        "still": _save(still, folder, "still", "png"),
    }


def emoji(order: Mapping[str, Any]) -> Report:
    """A custom emoji: small, and beside it one that stands still."""
    folder = Path(order["folder"])
    image = _open(order["source"], order["extension"], order["max_pixels"])
    pages, side = _pages(image), order["shape"][0]
    still = _normalise(image).thumbnail_image(side, height=side, size="down").copy_memory()
    report: Report = {"still": _save(still, folder, "still", "png")}
    if order["extension"] in {"gif", "webp"} and pages > 1:
        _check_frames(image, pages)
        frames = _load(order["source"], order["extension"], n=-1)
        moving = frames.thumbnail_image(side, height=side, size="down")
        return {**report, "original": _save(moving, folder, "original", "gif")}
    return {**report, "original": _save(still, folder, "original", "png")}


def count_frames(order: Mapping[str, Any]) -> tuple[int, int, int]:
    """Frames, width and height of a GIF or WebP, which are within our limits.

    Raises:
        Refusal: they are not.
    """
    image = _open(order["source"], order["extension"], order["max_pixels"])
    pages = _pages(image)
    if pages > 1:
        _check_frames(image, pages)
    return pages, image.width, _height(image)


def rows_of(order: Mapping[str, Any], pages: int) -> tuple[Any, int, float]:
    """All frames of a moving WebP below each other, the height of one, and frames per second."""
    frames = _load(order["source"], order["extension"], n=-1)
    height = frames.get("page-height")
    delays: list[int] = frames.get("delay") if frames.get_typeof("delay") else []
    total = sum(delay if delay > 10 else 100 for delay in delays) or pages * 100
    return _flatten(_to_srgb(frames)), height, min(max(1000 * pages / total, 1.0), 50.0)


def size_of(image: Image) -> Report:
    """How large a picture is, as apps read it."""
    return describe(image.width, image.height)


def describe(width: int, height: int) -> Report:
    """Width, height, and what follows from them."""
    size = f"{width}x{height}"
    return {"width": width, "height": height, "size": size, "aspect": width / max(height, 1)}


def _load(source: str, extension: str, **more: Any) -> Image:
    loader, options = _LOADERS[extension]
    load = getattr(pyvips.Image, loader)
    return load(source, access="sequential", fail_on="error", **options, **more)


def _open(source: str, extension: str, max_pixels: int) -> Image:
    """The picture, of which only the head has been read; refused when it says it is too large."""
    image = _load(source, extension)
    width, height = image.width, _height(image)
    if width * height > max_pixels or max(width, height) > _MOST_SIDE:
        raise Refusal(f"{width}x{height} images are not supported")
    if image.get_typeof("orientation") and image.get("orientation") > 1:
        # Turning it needs rows in another order than they come.
        return _load(source, extension).copy_memory()
    return image


def _pages(image: Image) -> int:
    return image.get("n-pages") if image.get_typeof("n-pages") else 1


def _height(image: Image) -> int:
    return image.get("page-height") if image.get_typeof("page-height") else image.height


def _check_frames(image: Image, pages: int) -> None:
    pixels = image.width * _height(image)
    if pages > _FRAMES or pixels > _FRAME_PIXELS * 9 or pixels * pages > _TOTAL_PIXELS:
        raise Refusal("The animation has too many frames or pixels")


def _normalise(image: Image) -> Image:
    """Upright, in sRGB with eight bits, without anything that is no pixel."""
    return _to_srgb(image.autorot())


def _to_srgb(image: Image) -> Image:
    if image.get_typeof("icc-profile-data"):
        try:
            image = image.icc_transform("srgb", embedded=True, intent="perceptual")
        except pyvips.Error:
            # A broken profile: the numbers are taken for what they look like.
            image.remove("icc-profile-data")
    image = image.colourspace("srgb")
    return image if image.format == "uchar" else image.cast("uchar")


def _flatten(image: Image) -> Image:
    image = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
    return image.extract_band(0, n=3)


def _within(image: Image, pixels: int) -> Image:
    """The picture, made smaller if it has more pixels than that."""
    area = image.width * image.height
    if area <= pixels:
        return image
    share = (pixels / area) ** 0.5
    width, height = max(int(image.width * share), 1), max(int(image.height * share), 1)
    return image.thumbnail_image(width, height=height, size="force")


def _cut(image: Image, width: int, height: int) -> Image:
    """The middle of the picture in the shape that is wanted, never larger than it is."""
    share = min(1.0, image.width / width, image.height / height)
    wide, high = max(int(width * share), 1), max(int(height * share), 1)
    return image.thumbnail_image(wide, height=high, crop="centre")


def _ending(extension: str, image: Image) -> str:
    if extension in {"jpg", "png", "webp"}:
        return extension
    return "png" if extension == "gif" or image.hasalpha() else "jpg"


def _save(image: Image, folder: Path, stem: str, extension: str) -> str:
    name = f"{stem}.{extension}"
    save = getattr(image, "jpegsave" if extension == "jpg" else f"{extension}save")
    if extension == "jpg" and image.hasalpha():
        save = _flatten(image).jpegsave
    save(str(folder / name), **_SAVERS[extension])
    return name


def _colours(tiny: Image) -> Report:
    """Colours for a player: the one at the rim, and two that can be read on it."""
    pixels = bytes(tiny.write_to_memory())
    points = [tuple(pixels[n : n + 3]) for n in range(0, len(pixels), 3)]
    rim = points[: tiny.width] + points[-tiny.width :]
    background = tuple(sum(point[c] for point in rim) // len(rim) for c in range(3))
    light = _luminance(background)

    def contrast(point: tuple[int, ...]) -> float:
        return abs(_luminance(point) - light)

    ranked = sorted(set(points), key=contrast, reverse=True)
    foreground = ranked[0] if contrast(ranked[0]) > 80 else _plain(light)
    accents = [point for point in ranked if contrast(point) > 60]
    accent = max(accents, key=lambda point: max(point) - min(point), default=foreground)
    names = ("background", "foreground", "accent")
    colours = (background, foreground, accent)
    return {name: "#" + bytes(colour).hex() for name, colour in zip(names, colours, strict=True)}


def _plain(light: float) -> tuple[int, int, int]:
    return (0, 0, 0) if light > 127 else (255, 255, 255)


def _luminance(point: tuple[int, ...]) -> float:
    return 0.2126 * point[0] + 0.7152 * point[1] + 0.0722 * point[2]
