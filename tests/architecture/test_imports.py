"""The import rules hold, and each of them can fail: a planted violation is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src"), ROOT / "deploy/local/src"]

PLANTS = {
    "layers": ("okr_service/domain/refusals.py", "import okr_service.readmodel.queries"),
    "independence": ("kpi_service/readmodel/queries.py", "import okr_service.settings"),
    "pure-domain": ("alignment_service/domain/roll_up.py", "import sqlalchemy"),
    "http-at-the-edge": ("okr_service/application/streams.py", "import starlette.requests"),
    "libraries": ("helmlog_events/ids.py", "import helmlog_web.headers"),
}


def lint_imports(python_path: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": python_path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_rules_hold():
    result = lint_imports()
    assert result.returncode == 0, result.stdout


def names() -> dict[str, str]:
    """The rules of this project, by id."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {rule["id"]: rule["name"] for rule in project["tool"]["importlinter"]["contracts"]}


@pytest.mark.parametrize(("rule", "plant"), PLANTS.items())
def test_a_planted_violation_breaks_its_rule(rule: str, plant: tuple[str, str], tmp_path: Path):
    for source in SOURCES:
        shutil.copytree(source, tmp_path, dirs_exist_ok=True)
    file, violation = plant
    target = tmp_path / file
    target.write_text(target.read_text() + f"\n{violation}\n")
    assert f"{names()[rule]} BROKEN" in lint_imports(str(tmp_path)).stdout


def test_every_rule_has_its_plant():
    assert set(names()) == set(PLANTS)
