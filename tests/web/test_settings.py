from pathlib import Path

import pytest
from helmlog_web.settings import ServiceSettings
from pydantic import ValidationError

NEEDED = {
    "HELMLOG_DATABASE_URL": "postgresql+asyncpg://okr@db/okr",
    "HELMLOG_KAFKA_BOOTSTRAP": "kafka:9092",
    "HELMLOG_ISSUER": "https://issuer.test",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HELMLOG_JWKS_PATH", "HELMLOG_JWKS_URL", "HELMLOG_PORT", "HELMLOG_AUDIENCE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELMLOG_JWKS_PATH", "/etc/helmlog/jwks.json")
    monkeypatch.setenv("HELMLOG_PORT", "8001")
    settings = ServiceSettings()
    assert settings.jwks_path == Path("/etc/helmlog/jwks.json")
    assert (settings.port, settings.audience) == (8001, "helmlog")


def test_keys_come_from_a_file_or_an_address_not_from_both_or_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ValidationError, match="exactly one of"):
        ServiceSettings()
    monkeypatch.setenv("HELMLOG_JWKS_URL", "https://issuer.test/jwks")
    assert str(ServiceSettings().jwks_url) == "https://issuer.test/jwks"
    monkeypatch.setenv("HELMLOG_JWKS_PATH", "jwks.json")
    with pytest.raises(ValidationError, match="exactly one of"):
        ServiceSettings()
