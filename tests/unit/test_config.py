"""The settings: where they come from, what is refused, and that file, class and page agree."""

import tomllib
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from fedi.cli.config import write_example, write_page
from fedi.config import ConfigError, Settings, default_of, env_name, list_keys, load_settings

ROOT = Path(__file__).parent.parent.parent
HERE = {"FEDI_DOMAIN": "social.example"}


def test_defaults_need_only_a_domain() -> None:
    settings = load_settings(None, HERE)
    assert settings.origin == "https://social.example"
    assert settings.host == settings.local_domain == "social.example"
    assert not settings.is_localhost
    assert settings.bind_address == ("127.0.0.1", 3000)


def test_file_then_environment_then_flags(tmp_path: Path) -> None:
    file = tmp_path / "fedi.toml"
    file.write_text(
        'domain = "file.example"\n[web]\nprocesses = 2\n[queue]\nretry_schedule = [1, 2]\n'
        '[outbound.hosts]\n"peer.test" = "127.0.0.3:443"\n'
    )
    settings = load_settings(
        file, {"FEDI_WEB_PROCESSES": "3", "FEDI_DOMAIN": "env.example"}, {"domain": "flag.example"}
    )
    assert settings.domain == "flag.example"
    assert settings.web.processes == 3
    assert settings.queue.retry_schedule == (1, 2)
    assert settings.outbound.hosts == {"peer.test": "127.0.0.3:443"}


def test_every_key_can_be_set_by_its_variable() -> None:
    samples = {str: "info", bool: "yes", int: "7", float: "7.5", tuple: "[]", dict: '{"a": "b:1"}'}
    special = {
        "FEDI_DOMAIN": "a.example",
        "FEDI_HANDLE_DOMAIN": "b.example",
        "FEDI_PUBLIC_URL": "https://c.example",
        "FEDI_BIND": "[::1]:80",
        "FEDI_REGISTRATION_MODE": "open",
        "FEDI_QUEUE_RETRY_SCHEDULE": "5, 6",
        "FEDI_INSTANCE_SHOW_DOMAIN_BLOCKS": "members",
        "FEDI_MEDIA_STORAGE": "disk",
        "FEDI_INSTANCE_PRIVACY_POLICY_DATE": "2026-01-31",
        "FEDI_INSTANCE_TERMS_OF_SERVICE_DATE": "2026-01-31",
    }
    environ = {
        env_name(section, name): samples[type(default_of(entry))]
        for section, name, entry in list_keys()
    } | special
    settings = load_settings(None, environ)
    assert settings.queue.retry_schedule == (5, 6)
    assert settings.limits.enabled is True
    assert settings.bind_address == ("::1", 80)
    assert settings.outbound.hosts == {"a": "b:1"}


@pytest.mark.parametrize(
    "text",
    ['colour = "red"', "[web]\ncolour = 1", "[colour]\nred = 1", "web = 3", "domain = {}"],
)
def test_unknown_keys_in_the_file_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "fedi.toml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        load_settings(file, {})


def test_unknown_variables_are_refused_and_those_of_the_tests_mean_nothing() -> None:
    with pytest.raises(ConfigError, match="FEDI_COLOUR"):
        load_settings(None, HERE | {"FEDI_COLOUR": "red"})
    assert load_settings(None, HERE | {"FEDI_TEST_CLOCK": "x"}) == load_settings(None, HERE)


def test_secrets_may_lie_in_files_and_nothing_else_may(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")
    settings = load_settings(None, HERE | {"FEDI_SECRET_FILE": str(file)})
    assert settings.secret == "hush"
    assert "hush" not in repr(settings)
    with pytest.raises(ConfigError, match="FEDI_DOMAIN_FILE"):
        load_settings(None, {"FEDI_DOMAIN_FILE": str(file)})
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(None, HERE | {"FEDI_METRICS_TOKEN_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FEDI_DOMAIN", "Example.org"),
        ("FEDI_DOMAIN", "https://example.org"),
        ("FEDI_DOMAIN", "-a.example"),
        ("FEDI_DOMAIN", "a" * 64 + ".example"),
        ("FEDI_BIND", "3000"),
        ("FEDI_PUBLIC_URL", "example.org"),
        ("FEDI_PUBLIC_URL", "https://example.org/fedi"),
        ("FEDI_WEB_PROCESSES", "0"),
        ("FEDI_WEB_PROCESSES", "many"),
        ("FEDI_LIMITS_ENABLED", "maybe"),
        ("FEDI_WEB_TLS_CERT", "alone.pem"),
        ("FEDI_LOG_LEVEL", "loud"),
        ("FEDI_REGISTRATION_MODE", "ajar"),
        ("FEDI_QUEUE_RETRY_SCHEDULE", "[]"),
        ("FEDI_OUTBOUND_HOSTS", "peer.test"),
    ],
)
def test_values_that_cannot_work_are_refused_in_words(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_settings(None, HERE | {name: value})
    assert len(str(refusal.value)) > 20


def test_origin() -> None:
    assert Settings(domain="localhost", bind="127.0.0.1:81").origin == "http://localhost:81"
    assert Settings(domain="localhost:82").origin == "http://localhost:82"
    assert Settings(domain="a.test", public_url="http://127.0.0.1:8080/").host == "127.0.0.1:8080"
    split = Settings(domain="social.example.org", handle_domain="example.org")
    assert (split.local_domain, split.host) == ("example.org", "social.example.org")


def test_ca_file_falls_back_to_the_usual_variable() -> None:
    assert load_settings(None, HERE | {"SSL_CERT_FILE": "/ca.pem"}).outbound.ca_file == "/ca.pem"
    both = HERE | {"SSL_CERT_FILE": "/ca.pem", "FEDI_OUTBOUND_CA_FILE": "/own.pem"}
    assert load_settings(None, both).outbound.ca_file == "/own.pem"


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().domain = "other.example"  # pyright: ignore[reportAttributeAccessIssue]


def test_file_class_and_page_agree() -> None:
    example = (ROOT / "conf" / "fedi.example.toml").read_text()
    assert example == "\n".join(write_example())
    assert (ROOT / "docs" / "settings.md").read_text() == "\n".join(write_page())
    values = tomllib.loads(example.replace("\n#", "\n").replace("\n ", "\n# "))
    for section, name, entry in list_keys():
        written = (values[section] if section else values)[name]
        default = default_of(entry)
        assert written == (list(default) if isinstance(default, tuple) else default), name
        assert entry.metadata["about"].rstrip().endswith("."), name
