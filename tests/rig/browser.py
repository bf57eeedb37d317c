"""A browser without JavaScript, for the pages that people meet on the way to an app."""

import html
import re
import ssl
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tests.rig.instance import PASSWORD, Instance

_INPUT = re.compile(r"<(?:input|button)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'\b(\w+)="([^"]*)"')


class Browser:
    """Follows links and fills in forms on one instance, without JavaScript."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        context = ssl.create_default_context(cafile=str(instance.certificates.ca))
        self._client = httpx.AsyncClient(verify=context, trust_env=False, timeout=20)
        self._cookies: dict[str, str] = {}
        self.url = ""

    async def open(self, method: str, url: str, **options: Any) -> str:
        """One page, wherever it leads on this instance."""
        self.url = urljoin(self.url, url)
        parts = urlsplit(self.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {
            "Host": self._instance.domain,
            "Cookie": cookie,
            "Origin": self._instance.origin,
            "Accept": "text/html",
        }
        answer = await self._client.request(
            method,
            f"https://{self._instance.address}:{self._instance.port}{target}",
            headers=headers,
            extensions={"sni_hostname": self._instance.domain},
            **options,
        )
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status_code in {302, 303, 307}:
            return await self.open("GET", answer.headers["location"])
        assert answer.status_code == 200, (self.url, answer.status_code, answer.text)
        return answer.text

    async def send(self, page: str, **fields: str) -> str:
        """Fill in the form of a page that has these fields, and send it."""
        forms = re.findall(r"<form\b([^>]*)>(.*?)</form>", page, re.DOTALL)
        for attributes, inner in forms:
            inputs = [dict(_ATTRIBUTE.findall(each)) for each in _INPUT.findall(inner)]
            found = {
                each["name"]: html.unescape(each.get("value", ""))
                for each in inputs
                if "name" in each
            }
            if set(fields) <= set(found):
                action = re.search(r'\baction="([^"]*)"', attributes)
                where = html.unescape(action[1]) if action else self.url
                return await self.open("POST", where, data={**found, **fields})
        raise AssertionError(f"no form with {sorted(fields)} in {page}")

    async def close(self) -> None:
        """Close it."""
        await self._client.aclose()


async def allow(instance: Instance, name: str, url: str) -> str:
    """Sign in and let an app in at its address of consent; the code that the page shows."""
    browser = Browser(instance)
    try:
        page = await browser.open("GET", url)
        page = await browser.send(page, login=f"{name}@{instance.domain}", password=PASSWORD)
        page = await browser.send(page, decision="allow")
    finally:
        await browser.close()
    code = re.search(r"<code[^>]*>([^<]+)</code>", page)
    assert code is not None, page
    return code[1]
