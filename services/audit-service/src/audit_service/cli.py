"""`helmlog`: what an auditor does from a shell."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from audit_service.application.verification import (
    LogSummary,
    LogUnreachable,
    Verification,
    verify_logs,
)
from audit_service.domain.verification import Finding
from audit_service.settings import read_verification_settings

HOLDS, DOES_NOT_HOLD, NOT_VERIFIED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 it holds, 1 it does not, 2 it could not be verified."""
    parser = argparse.ArgumentParser(prog="helmlog", description="Proofs about Helmlog's logs.")
    commands = parser.add_subparsers(required=True)
    audit = commands.add_parser("audit", help="what the witness can tell").add_subparsers(
        required=True
    )
    verify = audit.add_parser(
        "verify-log", help="recompute every log and hold it against the witness's journal"
    )
    verify.set_defaults(run=verify_log)
    options = parser.parse_args(arguments)
    code: int = options.run()
    return code


def verify_log() -> int:
    try:
        logs = read_verification_settings().logs
        verification = asyncio.run(verify_logs(logs))
    except (ValidationError, ValueError) as error:
        sys.stderr.write(f"HELMLOG_AUDIT_LOGS does not say where the logs are: {error}\n")
        return NOT_VERIFIED
    except LogUnreachable as error:
        sys.stderr.write(f"{error.source}: cannot be read: {error.reason}\n")
        return NOT_VERIFIED
    sys.stdout.write(rendered(verification))
    return HOLDS if verification.holds else DOES_NOT_HOLD


def rendered(verification: Verification) -> str:
    lines = [_finding(finding) for finding in verification.findings]
    lines += [_summary(log) for log in verification.logs]
    verdict = "every entry holds"
    if lines_that_do_not := len(verification.findings):
        verdict = f"{lines_that_do_not} findings: the logs do not hold"
    return "\n".join([*lines, verdict, ""])


def _finding(finding: Finding) -> str:
    return f"{finding.source} {finding.seq}: {finding.finding} ({finding.place}): {finding.detail}"


def _summary(log: LogSummary) -> str:
    readings = "" if log.readings is None else f", {log.readings} readings"
    waiting = f", {log.unjournaled} not journaled yet" if log.unjournaled else ""
    return f"{log.source}: {log.entries} entries up to {log.last_seq}{readings}{waiting}"


if __name__ == "__main__":
    sys.exit(main())
