"""Settings and where each value comes from, other tools' variables, the files, the git program. No network."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from argocd_gitops_mcp import settings
from argocd_gitops_mcp.assembly import settings_file
from argocd_gitops_mcp.commands.checks.finding import Finding
from argocd_gitops_mcp.settings import Loaded, Settings

SECONDS = 5
# Variables of other tools that look as if they counted here.
_UNUSED = {
    "ARGOCD_OPTS": "the argocd CLI's options are not read: set the variables above",
    "NODE_TLS_REJECT_UNAUTHORIZED": "it concerns Node programs only: use ARGOCD_CA_FILE",
    "HTTPS_PROXY": "proxies are not used: Argo CD is connected to directly",
    "https_proxy": "proxies are not used: Argo CD is connected to directly",
    "ALL_PROXY": "proxies are not used: Argo CD is connected to directly",
}


def check(loaded: Loaded, environ: Mapping[str, str], config: str | None) -> Iterator[Finding]:
    """All of it."""
    given = loaded.settings
    yield _file(config, loaded, environ)
    for name in Settings.model_fields:
        if name in loaded.origins:
            yield _value(name, getattr(given, name), loaded.origins[name])
        yield from _hidden(name, loaded, environ)
    for variable, why in _UNUSED.items():
        if environ.get(variable):
            yield Finding("warn", "environment", f"{variable} is set but not used: {why}.")
    yield from _contradictions(given)
    for file, step in ((given.token_file, "token file"), (given.forge_token_file, "forge token file")):
        if file:
            yield from _readable_by_others(Path(file), step)


def git() -> Finding:
    """Whether the git program runs."""
    program = shutil.which("git")
    if program is None:
        return Finding("warn", "git", "The git program is not there.", "Install git: the sandbox and the demo need it.")
    try:
        command = [program, "--version"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)  # noqa: S603 found in PATH
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("warn", "git", f"{program} does not run: {type(error).__name__}.", "Repair the installation.")
    return Finding("ok", "git", f"{done.stdout.strip()} ({program}).")


def _file(config: str | None, loaded: Loaded, environ: Mapping[str, str]) -> Finding:
    file = settings_file(config, environ)
    if not file.is_file():
        return Finding("ok", "settings file", f"None; it would be {file}.")
    if "file" in (loaded.origins.get("token"), loaded.origins.get("forge_token")):
        for found in _readable_by_others(file, "settings file"):
            return found
    return Finding("ok", "settings file", f"{file}.")


def _readable_by_others(file: Path, step: str) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return
    if os.name == "posix" and mode & 0o077:
        yield Finding("warn", step, f"Others may read {file} (mode {mode:04o}).", f"chmod 600 {file}")


def _value(name: str, value: Any, origin: str) -> Finding:
    is_secret = not settings.at(name).flag
    shown = "set, not shown" if is_secret else str(value)
    ours = settings.at(name).environment[0]
    spelling = origin.removeprefix("environment ")
    other = f"; another spelling of {ours}" if spelling not in (origin, ours) else ""
    return Finding("ok", "setting", f"{name} = {shown} (from {origin}{other}).")


def _hidden(name: str, loaded: Loaded, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that another spelling overrides with another value; a flag does so on purpose."""
    used = loaded.origins.get(name, "")
    if used.startswith("flag "):
        return
    winner = environ.get(used.removeprefix("environment "))
    for variable in settings.at(name).environment:
        value = environ.get(variable)
        if value and used != f"environment {variable}" and value != winner:
            text = f"{variable} is set too, but {used} wins."
            yield Finding("warn", "environment", text, f"Unset {variable} if it is out of date.")


def _contradictions(given: Settings) -> Iterator[Finding]:
    if given.token and given.token_file:
        yield Finding("warn", "setting", "token and token_file are both set: token wins.", "Keep one of them.")
    if given.allow_write and given.read_only:
        yield Finding("warn", "setting", "allow_write and read_only are both set: read_only wins.", "Keep one of them.")
    if given.bypass_tls and given.ca_file:
        yield Finding("warn", "setting", "ca_file has no effect with bypass_tls.", "Drop bypass_tls.")
    if given.allow_merge and not given.writes:
        yield Finding("warn", "setting", "allow_merge has no effect: the server is read-only.", "Add allow_write.")
    if given.forge_token and (given.forge_token_file or given.forge_token_command):
        yield Finding("warn", "setting", "forge_token and another way to it are set: forge_token wins.", "Keep one.")
