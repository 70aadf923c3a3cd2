"""The command as `make demo` runs it: python -m helmlog_local.demo."""

import subprocess
import sys


def run(tmp_path, **environment):
    # Next to nothing in it, as under `env -i`: the demo needs no PATH, no HOME and no terminal.
    return subprocess.run(
        [sys.executable, "-m", "helmlog_local.demo"],
        env={"HELMLOG_DATA_DIR": str(tmp_path / "stack"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_stack_it_says_what_to_do(tmp_path):
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("helmlog demo: no stack is running; 'make run' starts one")
    assert "Traceback" not in ended.stderr


def test_a_setting_that_makes_no_sense_is_named(tmp_path):
    ended = run(tmp_path, HELMLOG_OKR_PORT="harbour")
    assert ended.returncode == 1
    assert "HELMLOG_OKR_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
