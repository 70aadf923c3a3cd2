import asyncio

import pytest
from audit_service import cli

from tests.audit.house import House


@pytest.fixture
async def verify_log(house: House, monkeypatch: pytest.MonkeyPatch):
    logs = ",".join(f"{source}={url}" for source, url in house.logs.items())
    monkeypatch.setenv("HELMLOG_AUDIT_LOGS", logs)
    return lambda: asyncio.to_thread(cli.main, ["audit", "verify-log"])


async def test_logs_that_hold_end_with_0_and_a_summary(house: House, verify_log, capsys):
    await house.note("okr", 4)
    await house.journal()
    assert await verify_log() == 0
    said = capsys.readouterr().out
    assert "okr: 4 entries up to 4" in said
    assert said.endswith("every entry holds\n")


async def test_each_entry_that_does_not_hold_is_named_and_ends_with_1(
    house: House, verify_log, capsys
):
    await house.note("okr", 4)
    await house.journal()
    await house.tamper("okr", "DELETE FROM event_log WHERE seq = 2")
    assert await verify_log() == 1
    assert "okr 2: missing (log): the journal has it: Noted of note-1" in capsys.readouterr().out


async def test_the_logs_of_a_local_stack_are_found_where_it_keeps_its_data(
    house: House, monkeypatch, tmp_path, capsys
):
    logs = ",".join(f"{source}={url}" for source, url in house.logs.items())
    (tmp_path / "helmlog.env").write_text(f"HELMLOG_AUDIT_LOGS={logs}\n")
    for name in ("HELMLOG_AUDIT_LOGS", "HELMLOG_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert await asyncio.to_thread(cli.main, ["audit", "verify-log"]) == 2
    monkeypatch.setenv("HELMLOG_DATA_DIR", str(tmp_path))
    assert await asyncio.to_thread(cli.main, ["audit", "verify-log"]) == 0
    assert capsys.readouterr().out.endswith("every entry holds\n")


@pytest.mark.parametrize("logs", ["", "okr", "okr=postgresql://nobody@127.0.0.1:1/none"])
def test_what_cannot_be_verified_is_not_called_sound(logs, monkeypatch, capsys):
    monkeypatch.setenv("HELMLOG_AUDIT_LOGS", logs)
    assert cli.main(["audit", "verify-log"]) == 2
    assert capsys.readouterr().err
