"""The small parts of media: first bytes, blurred pictures, focal points, addresses."""

import pytest

from fedi.core.media.decoder import blurhash
from fedi.core.media.limits import content_type, sniff
from fedi.core.media.links import Links
from fedi.core.media.service import parse_focus
from fedi.kit.store import is_key, new_key, still_key
from fedi.kit.store_s3 import authorize


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF89a", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBP", "webp"),
        (b"RIFF\x00\x00\x00\x00WAVE", "wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"\x00\x00\x00\x18ftypisom", "mp4"),
        (b"\x00\x00\x00\x18ftypqt  ", "mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "m4a"),
        (b"\x00\x00\x00\x18ftypavif", "avif"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00avifmif1", "avif"),
        (b"\x00\x00\x00\x18ftypheic", "heic"),
        (b"\x00\x00\x00\x18ftypevil", None),
        (b"\x1a\x45\xdf\xa3", "webm"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"fLaC", "flac"),
        (b"OggS\x00\x02", "ogg"),
        (b"<svg", None),
        (b"\xff\xff\xff\xff", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_formats_are_known_by_their_first_bytes(head: bytes, extension: str | None) -> None:
    found = sniff(head)
    assert (found and found.extension) == extension


def test_a_hash_begins_with_its_measures_and_the_mean_colour() -> None:
    found = blurhash.encode(bytes((255, 0, 0)) * 64, 8, 8)
    assert len(found) == 36
    assert (found[0], found[2:6]) == ("U", "TI:j")
    small = blurhash.encode(bytes(range(192)), 8, 8, 1, 1)
    assert len(small) == 6


@pytest.mark.parametrize(
    ("text", "focus"),
    [
        ("0.5,-0.25", (0.5, -0.25)),
        ("9,-9", (1.0, -1.0)),
        ("nan,0", None),
        ("1e999,0", None),
        ("1", None),
        ("a,b", None),
        ("1,2,3", None),
        ("", None),
        (None, None),
    ],
)
def test_focal_points(text: str | None, focus: tuple[float, float] | None) -> None:
    assert parse_focus(text) == focus


def test_names_cannot_be_guessed_and_say_what_a_file_is() -> None:
    names = {new_key("jpg") for _ in range(50)}
    assert len(names) == 50
    assert all(is_key(name) and len(name) == 36 for name in names)
    key = new_key("gif")
    assert is_key(still_key(key))
    assert content_type(still_key(key)) == "image/png"
    assert content_type("x.exe") == "application/octet-stream"
    for bad in ("", "../x.jpg", key + "/", key + "\n", key.upper(), "x" + key):
        assert not is_key(bad)


def test_only_we_make_proxy_addresses() -> None:
    links = Links("https://a.test", "secret")
    address = links.remote("https://b.test/a?b=c&d=\u00fc")
    assert address
    _, signature, name = address.rsplit("/", 2)
    assert links.read(signature, name) == "https://b.test/a?b=c&d=\u00fc"
    assert links.read(signature[:-1] + "A", name + "A") is None
    assert Links("https://a.test", "other").read(signature, name) is None
    assert links.read("", name) is None
    assert links.read(signature, "\u00fc") is None
    assert links.remote("javascript:alert(1)") is None


def test_requests_to_the_store_are_signed_as_it_expects() -> None:
    """An example that Amazon published, less its query and range."""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": empty,
        "x-amz-date": "20130524T000000Z",
    }
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    who = ("AKIAIOSFODNN7EXAMPLE", secret, "us-east-1")
    signed = authorize("GET", "/test.txt", headers, who)
    assert signed.endswith(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
