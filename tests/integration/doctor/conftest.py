"""A real instance in plain http behind a proxy, and a doctor who visits it."""

import argparse
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from fedi.cli.context import Context
from fedi.cli.schema import find_head
from fedi.config import Settings
from fedi.core.accounts.people import People
from fedi.embedded.services import complete
from fedi.federation.doctor import Finding, Patient, Senses, Told, examine
from fedi.kit.http import HttpClient
from fedi.kit.runtime import Runtime
from tests.conftest import worker_number
from tests.rig.certificates import Certificates
from tests.rig.faulty_proxy import Faults, FaultyProxy, faulty_proxy
from tests.rig.instance import ROOT, Instance, free_port, until
from tests.rig.issuer import Issuer

ADDRESS = f"127.{140 + worker_number()}.0.2"
SETTINGS = """
[queue]
sweep_seconds = 0.2
lease_seconds = 3
[web]
trusted_proxies = ["127.0.0.1/32"]
"""


class Behind(Instance):
    """An instance that leaves TLS to the proxy in front of it."""

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port(self.address)
        words = self.command(
            "up", "--domain", self.domain, "--bind", f"{self.address}:{self.port}",
            "--public-url", self.origin, "--config", str(self.write_config()),
        )  # fmt: skip
        with (self.folder / "log.jsonl").open("ab") as log:
            self.process = subprocess.Popen(
                words, stdout=log, stderr=log, env=self.environment(), cwd=ROOT
            )

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        url = f"http://{self.address}:{self.port}{path}"
        return await self.client.request(method, url, **options)


@dataclass
class Found:
    """What a visit brought."""

    findings: list[Finding]

    def keys(self, severity: str) -> set[str]:
        """What was found to be a problem (or a warning, or well)."""
        return {each.key for each in self.findings if each.severity == severity}

    @property
    def bad(self) -> set[str]:
        """Keys of everything that is not well."""
        return self.keys("problem") | self.keys("warning")

    def words(self, key: str) -> str:
        """Everything that was said about it."""
        return " ".join(
            f"{each.title} {each.seen} {each.means} {each.fix}"
            for each in self.findings
            if each.key == key and each.severity != "ok"
        )


@dataclass
class Surgery:
    """The instance and what is around it."""

    instance: Behind
    proxy: FaultyProxy
    issuer: Issuer
    good: Certificates

    def settings(self, hosts: dict[str, str] | None = None) -> Settings:
        """The settings that the command would read, with the domain at the proxy."""
        data, file = str(self.instance.data), str(self.instance.folder / "fedi.toml")
        context = Context(argparse.Namespace(data=data, config=file))
        settings = complete(context.home, context.settings)
        pins = {"a.test": f"{ADDRESS}:{self.proxy.port}"} if hosts is None else hosts
        outbound = replace(settings.outbound, hosts=pins, ca_file=str(self.issuer.ca))
        return replace(settings, outbound=outbound)

    @asynccontextmanager
    async def patient(
        self, settings: Settings | None = None, **senses: Any
    ) -> AsyncGenerator[Patient, None]:
        """The instance as the doctor sees it."""
        runtime = Runtime(settings or self.settings(), role="doctor", pool_size=4)
        if "resolve" in senses:
            runtime.http = HttpClient(user_agent="doctor", resolve=senses["resolve"])
        given: dict[str, Any] = {
            "http_port": self.proxy.plain_port,
            "knocks_at_pins": True,
            **senses,
        }
        told = Told(find_head(), ["web", "worker"])
        try:
            yield Patient(People(runtime), told, Senses(**given))
        finally:
            await runtime.close()

    async def visit(self, settings: Settings | None = None, **senses: Any) -> Found:
        """Look at everything."""
        async with self.patient(settings, **senses) as patient:
            return Found(await examine(patient))

    async def visit_with(self, faults: Faults, **senses: Any) -> Found:
        """Look at everything while the proxy is wrong."""
        self.proxy.use(faults)
        try:
            return await self.visit(**senses)
        finally:
            self.proxy.use(Faults())

    async def visit_behind(self, certificates: Certificates) -> Found:
        """Look at everything while the proxy has another certificate."""
        upstream = (self.instance.address, self.instance.port)
        tls = certificates.for_server()
        async with faulty_proxy(upstream, ADDRESS, tls, leads_to="https://a.test/") as proxy:
            settings = self.settings({"a.test": f"{ADDRESS}:{proxy.port}"})
            return await self.visit(settings)


@pytest.fixture(scope="session")
async def surgery(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[Surgery, None]:
    """The instance, started once, with a good proxy."""
    folder: Path = tmp_path_factory.mktemp("doctor")
    issuer = Issuer(folder / "issuer")
    good = issuer.issue("good", ["a.test"])
    instance = Behind("a.test", ADDRESS, folder / "a.test", good, {}, SETTINGS)
    instance.start()
    try:
        await instance.ready()
        await instance.member("alice", role="owner")
        await until(partial(_has_worker, instance), what="the worker works")
        upstream = (ADDRESS, instance.port)
        leads_to = "https://a.test/"
        async with faulty_proxy(upstream, ADDRESS, good.for_server(), leads_to=leads_to) as proxy:
            yield Surgery(instance, proxy, issuer, good)
    finally:
        await instance.close()


@pytest.fixture(scope="session")
async def healthy(surgery: Surgery) -> Found:
    """What a visit finds when all is well: the twin of every fault."""
    return await surgery.visit()


async def _has_worker(instance: Behind) -> bool:
    connection = await instance.database()
    try:
        sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fedi worker'"
        return bool(await connection.fetchval(sql))
    finally:
        await connection.close()
