"""What may be uploaded and shown: the explicit list of formats, known by their first bytes.

What a sender calls a file, or what a server says of it, is never believed.
"""

from dataclasses import dataclass

SNIFFED = 512

# As apps are told: `configuration.media_attachments` and `configuration.accounts`.
IMAGE_TYPES = (
    "image/jpeg", "image/png", "image/gif", "image/heic", "image/heif", "image/webp", "image/avif",
)  # fmt: skip
VIDEO_TYPES = ("video/webm", "video/mp4", "video/quicktime", "video/ogg")
AUDIO_TYPES = (
    "audio/wave", "audio/wav", "audio/x-wav", "audio/x-pn-wave", "audio/vnd.wave", "audio/ogg",
    "audio/vorbis", "audio/mpeg", "audio/mp3", "audio/webm", "audio/flac", "audio/aac",
    "audio/m4a", "audio/x-m4a", "audio/mp4", "audio/3gpp",
)  # fmt: skip
SUPPORTED_TYPES = (*IMAGE_TYPES, *VIDEO_TYPES, *AUDIO_TYPES)

# The content types of stored and fetched files, by the ending of their names.
CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "heic": "image/heic",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
}


@dataclass(frozen=True, slots=True)
class Format:
    """A format that we read: `family` is image or av, `demuxer` what ffmpeg calls it."""

    extension: str
    family: str
    demuxer: str = ""


_JPEG = Format("jpg", "image")
_PNG = Format("png", "image")
_GIF = Format("gif", "image", "gif")
_WEBP = Format("webp", "image")
_AVIF = Format("avif", "image")
_HEIC = Format("heic", "image")
_MP4 = Format("mp4", "av", "mov")
_M4A = Format("m4a", "av", "mov")
_WEBM = Format("webm", "av", "matroska")
_OGV = Format("ogv", "av", "ogg")
_OGG = Format("ogg", "av", "ogg")
_MP3 = Format("mp3", "av", "mp3")
_FLAC = Format("flac", "av", "flac")
_WAV = Format("wav", "av", "wav")

_STARTS = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"\x1a\x45\xdf\xa3", _WEBM),
    (b"ID3", _MP3),
    (b"fLaC", _FLAC),
)
_BRANDS = {b"avif": _AVIF, b"avis": _AVIF, b"M4A ": _M4A, b"M4B ": _M4A}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "}
    | {b"M4VH", b"M4VP", b"qt  ", b"dash", b"mmp4", b"3gp4", b"3gp5", b"3gp6", b"MSNV", b"f4v "}
)


def sniff(head: bytes) -> Format | None:
    """The format of a file that begins like this; None if it is none of ours."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF":
        return {b"WEBP": _WEBP, b"WAVE": _WAV}.get(head[8:12])
    if head[:4] == b"OggS":
        return _OGV if b"theora" in head[:SNIFFED] else _OGG
    if head[4:8] == b"ftyp":
        return _sniff_brand(head)
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 != 0xF0:
        return _MP3
    return None


def _sniff_brand(head: bytes) -> Format | None:
    brand = head[8:12]
    if brand in {b"mif1", b"msf1"} and b"avif" in head[16:64]:
        return _AVIF
    if brand in _HEIC_BRANDS:
        return _HEIC
    return _BRANDS.get(brand) or (_MP4 if brand in _MP4_BRANDS else None)


def content_type(key: str) -> str:
    """The content type of a file of ours, by its name."""
    return CONTENT_TYPES.get(key.rpartition(".")[2], "application/octet-stream")
