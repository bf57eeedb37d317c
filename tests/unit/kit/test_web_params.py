"""Parameters: one model, four encodings."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.requests import Request

from fedi.kit.errors import FediError, Malformed, TooLarge, WrongType
from fedi.kit.web_params import Parameters, read_parameters
from tests.cpu import tries


async def read(method: str = "POST", url: str = "https://a.test/x", **more: Any) -> Parameters:
    """Parameters as they come out of a request made by a real client."""
    made = httpx.Request(method, url, **more)
    body = await made.aread()

    async def chunks() -> AsyncGenerator[dict[str, Any], None]:
        for start in range(0, len(body), 1000):
            more_body = start + 1000 < len(body)
            yield {
                "type": "http.request",
                "body": body[start : start + 1000],
                "more_body": more_body,
            }
        yield {"type": "http.request", "body": b"", "more_body": False}

    stream = chunks()
    scope = {
        "type": "http",
        "method": method,
        "path": "/x",
        "query_string": made.url.query,
        "headers": [(k.lower(), v) for k, v in made.headers.raw],
    }
    return await read_parameters(Request(scope, lambda: anext(stream)))


def pairs(*found: tuple[str, str]) -> dict[str, Any]:
    return {"url": f"https://a.test/x?{urlencode(found)}"}


async def test_bracket_grammar() -> None:
    p = await read(
        "GET",
        **pairs(
            ("a[]", "1"),
            ("a[]", "2"),
            ("b[c]", "3"),
            ("b[d][e]", "4"),
            ("b[d][f][]", "5"),
            ("g[0][name]", "x"),
            ("g[1][name]", "y"),
            ("h[][k]", "1"),
            ("h[][l]", "2"),
            ("h[][k]", "3"),
            ("i[1]", "second"),
            ("i[0]", "first"),
            ("j", "one"),
            ("j", "two"),
        ),
    )
    assert p.texts("a") == ["1", "2"]
    assert p.inner("b").text("c") == "3"
    assert p.inner("b").inner("d").text("e") == "4"
    assert p.inner("b").inner("d").texts("f") == ["5"]
    assert [item.text("name") for item in p.items("g")] == ["x", "y"]
    assert [(item.text("k"), item.text("l")) for item in p.items("h")] == [("1", "2"), ("3", None)]
    assert p.texts("i") == ["first", "second"]
    assert (p.text("j"), p.texts("j")) == ("two", ["one", "two"])
    assert p.texts("missing") == []
    assert p.text("missing") is None


async def test_the_same_in_every_encoding() -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        encodings: list[dict[str, Any]] = [
            {"params": {"a[]": ["1", "2"], "b[c]": "3", "t": "true"}},
            {"data": {"a[]": ["1", "2"], "b[c]": "3", "t": "1"}},
            {"data": {"a[0]": "1", "a[1]": "2", "b[c]": "3", "t": "yes"}, "files": {"f": b"x"}},
            {"json": {"a": ["1", "2"], "b": {"c": 3}, "t": True}},
            {"json": {"a": [1, 2], "b": {"c": "3"}, "t": "on"}},
        ]
        for more in encodings:
            p = await read(method, **more)
            assert p.texts("a") == ["1", "2"], more
            assert p.inner("b").text("c") == "3"
            assert p.flag("t") is True


async def test_the_body_wins_over_the_query() -> None:
    p = await read(url="https://a.test/x?a=1&b=2", json={"a": "3"})
    assert (p.text("a"), p.text("b")) == ("3", "2")


async def test_flags_and_numbers() -> None:
    p = Parameters(
        {"no": "F", "off": "OFF", "zero": 0, "empty": "", "null": "null", "other": "x", "t": True}
    )
    assert [p.flag(n) for n in ("no", "off", "zero")] == [False] * 3
    assert [p.flag(n) for n in ("empty", "null", "missing")] == [None] * 3
    assert [p.flag(n) for n in ("other", "t")] == [True] * 2
    assert Parameters({"n": "12"}).number("n") == 12
    assert Parameters({"n": ""}).number("n") is None
    for bad in ("x", "1.5", "9" * 30):
        with pytest.raises(Malformed):
            Parameters({"n": bad}).number("n")


async def test_wrong_shapes_are_refused_not_crashed() -> None:
    p = Parameters({"a": {"b": 1}, "l": [1, {"x": 2}], "s": "text"})
    for wrong in (
        lambda: p.text("a"),
        lambda: p.texts("a"),
        lambda: p.texts("l"),
        lambda: p.items("s"),
        lambda: p.inner("s"),
        lambda: p.inner("l"),
    ):
        with pytest.raises(Malformed):
            wrong()
    for bad in (
        [("a", "1"), ("a[b]", "2")],
        [("a[b]", "1"), ("a", "2")],
        [("a[b]", "1"), ("a[]", "2")],
        [("a" + "[b]" * 9, "1")],
        [("a", "1")] * 1001,
    ):
        with pytest.raises(Malformed):
            await read("GET", **pairs(*bad))


async def test_odd_names_are_names() -> None:
    p = await read("GET", **pairs(("a[", "1"), ("[b]", "2"), ("]", "3"), ("c]d[", "4"), ("", "5")))
    assert [p.text(name) for name in ("a[", "[b]", "]", "c]d[", "")] == list("12345")


async def test_bodies_that_cannot_be_read() -> None:
    for content, kind, error in (
        (b"{", "application/json", Malformed),
        (b"[]", "application/json", Malformed),
        (b"1", "application/json", Malformed),
        (b"[" * 5000, "application/json", Malformed),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "application/json", Malformed),
        (b'{"a":1e999}', "application/json", Malformed),
        (b"{}", "text/plain", WrongType),
        (b"x", "multipart/form-data", Malformed),
        (b"x" * 100, "multipart/form-data; boundary=b", Malformed),
        (b"x", "multipart/form-data; boundary=" + "b" * 300, Malformed),
        (b"{" + b" " * 1_100_000 + b"}", "application/json", TooLarge),
    ):
        with pytest.raises(error):
            await read(content=content, headers={"content-type": kind})
    for empty in ("application/json", "application/x-www-form-urlencoded"):
        p = await read(content=b" ", headers={"content-type": empty})
        assert p.text("a") is None


async def test_nul_and_surrogates_are_taken_out() -> None:
    p = await read(
        content=b'{"a": "x\\u0000y", "b\\u0000": "z"}',
        headers={"content-type": "application/json"},
    )
    assert (p.text("a"), p.text("b")) == ("xy", "z")
    p = await read(data={"a": "x\0y"})
    assert p.text("a") == "xy"


async def test_files_are_let_go_and_forms_stay_bounded() -> None:
    p = await read(data={"a": "1"}, files={"f": ("x.png", b"x" * 3_000_000)})
    assert p.text("a") == "1"
    assert "f" not in p
    with pytest.raises(TooLarge):
        await read(data={"a": "x" * 1_100_000}, files={"f": b""})
    for body in (
        b"--b\r\n" + b"X: y\r\n" * 100_000,
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 5000 + b"--b--",
        b"x" * 500_000,
        b"--b\r\nX: " + b"y" * 500_000,
    ):
        for window in tries(0.5):
            with window, pytest.raises(FediError):
                await read(
                    content=body, headers={"content-type": "multipart/form-data; boundary=b"}
                )


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "[" * n + "=1",
        lambda n: "a" + "[]" * n + "=1",
        lambda n: "a[b]=1&" * n,
        lambda n: "a[][b]=1&" * n,
        lambda n: "&" * n,
        lambda n: "%" * n,
        lambda n: "a" * n,
    ],
)
async def test_reading_takes_linear_time(make: Any) -> None:
    body, kind = make(100_000).encode(), {"content-type": "application/x-www-form-urlencoded"}
    for window in tries(0.3):
        with window, contextlib.suppress(Malformed):
            await read(content=body, headers=kind)


async def test_a_digest_is_of_the_values() -> None:
    one = await read(json={"a": 1, "b": 2})
    two = await read(json={"b": 2, "a": 1})
    other = await read(json={"b": 2, "a": 3})
    assert one.digest() == two.digest() != other.digest()
