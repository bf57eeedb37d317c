"""Files to upload."""

import pyvips


def png(width: int = 32, height: int = 24) -> bytes:
    """A small picture."""
    image = pyvips.Image.black(width, height, bands=3).linear([1.0], [40.0, 90.0, 200.0])
    return image.cast("uchar").write_to_buffer(".png")
