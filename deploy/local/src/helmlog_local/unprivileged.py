"""PostgreSQL refuses to run as root; here is found as whom it runs instead."""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Unprivileged:
    """A way to run a program so that it does not see itself as root.

    `prefix` goes before the command. `user` and `group` are set only when the program becomes
    another user of the machine, who may not enter the project's folder: then its programs and
    data lie in a folder of their own.
    """

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def popen_options(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": [], "cwd": "/"}

    def home_for(self, data_folder: Path) -> Path:
        """The folder for the server's files: the data folder, if the server can reach it."""
        if self.user is None or self.group is None:
            return data_folder
        digest = hashlib.sha256(str(data_folder.resolve()).encode()).hexdigest()[:12]
        home = Path("/var/tmp") / f"helmlog-{digest}"  # noqa: S108 - made 0700, owner checked
        home.mkdir(mode=0o700, exist_ok=True)
        if home.is_symlink() or home.stat().st_uid not in {0, self.user}:
            raise RuntimeError(f"{home} belongs to someone else; remove it")
        os.chown(home, self.user, self.group)
        return home

    def programs_in(self, home: Path, package: Path) -> Path:
        """The package of programs where the server's user can run them."""
        if self.user is None:
            return package
        copies = home / "programs"
        if not copies.exists():
            partial = home / "programs.partial"
            shutil.rmtree(partial, ignore_errors=True)
            # The libraries lie beside the package, found by their place relative to it.
            for folder in (package, package.with_name(f"{package.name}.libs")):
                if folder.exists():
                    shutil.copytree(folder, partial / folder.name, symlinks=True)
            partial.chmod(0o755)
            partial.rename(copies)
        return copies / package.name

    def give(self, path: Path) -> None:
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def describe(self, home: Path) -> str | None:
        """What a person should know about this way; None when there is nothing unusual."""
        if self.user is None:
            return None
        name = pwd.getpwuid(self.user).pw_name
        return (
            f"PostgreSQL does not run as root and user namespaces are not permitted here: "
            f"it runs as '{name}', with its data in {home}"
        )


def find_unprivileged() -> Unprivileged:
    """The best way this machine permits."""
    if os.geteuid() != 0:
        return Unprivileged()
    # initdb looks its user up by name, so it has to be one that the machine knows.
    user = _some_ordinary_user()
    # In a user namespace root merely looks like someone else: files stay where they are,
    # even in a folder that only root can enter.
    prefix = (
        "unshare",
        "--user",
        f"--map-user={user.pw_uid}",
        f"--map-group={user.pw_gid}",
        "--",
    )
    if _works((*prefix, "true")):
        return Unprivileged(prefix=prefix)
    return Unprivileged(user=user.pw_uid, group=user.pw_gid)


def _some_ordinary_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        ordinary = [user for user in pwd.getpwall() if user.pw_uid != 0]
        if not ordinary:
            raise RuntimeError("PostgreSQL needs a user other than root; there is none") from None
        return ordinary[-1]


def _works(command: tuple[str, ...]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
