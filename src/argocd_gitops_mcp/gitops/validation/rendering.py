"""Kustomizations and charts rendered by kustomize and Helm themselves, in a copy of the tree, without network.

What would have to be fetched (remote bases, charts that are not vendored) is told, never fetched.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from typing import IO

from argocd_gitops_mcp.gitops.tree import within
from argocd_gitops_mcp.gitops.validation.confinement import Confined, confined
from argocd_gitops_mcp.gitops.validation.targets import Target

if sys.platform == "linux":
    import resource

RULES = {
    "kustomize-build": "A kustomization that kustomize does not build, so Argo CD cannot either.",
    "helm-template": "A chart that Helm does not render, so Argo CD cannot either.",
}
"""What each rule of this room finds."""

_MOST = 20_000_000
_SECONDS = 30.0
_LOOK = 0.1
_MEMORY = 5 * 2**29
"""Bytes of addresses; Go takes 1.3 GiB of them for nothing."""
_AT_ONCE = 4
_GIVEN_UP = "nobody waits for it any more"
_HUNGRY = "it takes more than a gigabyte of memory"
_TOO_MUCH = f"more than {_MOST // 1_000_000} MB of objects"
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Programs:
    """Where kustomize and Helm are; None where one is not."""

    kustomize: str | None = None
    helm: str | None = None


def found(path: str | None = None) -> Programs:
    """The programs of this machine, by its own search path or another."""
    return Programs(shutil.which("kustomize", path=path), shutil.which("helm", path=path))


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came of a target: objects as YAML, or the program's own complaint.

    Args:
        text: the objects; '' where it failed.
        failure: '' where it did not.
        refusal: why it was not tried; '' where it was.
        note: what was left out so that nothing is fetched; '' where nothing was.
    """

    target: Target
    text: str = ""
    failure: str = ""
    refusal: str = ""
    note: str = ""


def render(
    files: Mapping[str, str | bytes],
    wanted: Iterable[Target],
    programs: Programs,
    kubernetes_version: str | None = None,
    stop: Event | None = None,
) -> list[Rendered]:
    """Render each target whose program is there, in the order given.

    Args:
        files: every file of the tree.
        wanted: what to render.
        programs: the programs.
        kubernetes_version: what charts shall believe to be installed on.
        stop: set when nobody waits for the answer any more.
    """
    there = [one for one in wanted if getattr(programs, one.tool)]
    # Nobody goes around this: kustomize and Helm fetch, and read what is outside.
    how = {one: confined(one, files) for one in there}
    possible = [one for one in there if not how[one].refusal]
    understood = {name: text for one in possible for name, text in how[one].files.items()}
    made = _made(
        {**files, **understood}, {one: how[one] for one in possible}, programs, kubernetes_version, stop or Event()
    )
    return [made.get(one) or Rendered(one, refusal=how[one].refusal) for one in there]


def _made(
    files: Mapping[str, str | bytes],
    possible: Mapping[Target, Confined],
    programs: Programs,
    kubernetes_version: str | None,
    stop: Event,
) -> dict[Target, Rendered]:
    if not possible:
        return {}
    with tempfile.TemporaryDirectory(prefix="argocd-gitops-") as place:
        root = Path(place) / "tree"
        folders = {folder for one in possible for folder in one.folders}
        _write(root, {name: files[name] for name in files if within(name, folders)})
        commands = [_command(one, how, root, programs, kubernetes_version) for one, how in possible.items()]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = pool.map(lambda command: _run(command, root, Path(place), stop), commands)
            try:
                return {
                    one: Rendered(one, *answer, note=possible[one].note)
                    for one, answer in zip(possible, answers, strict=True)
                }
            except BaseException:
                stop.set()  # the pool waits for its threads
                raise


def _write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        if root not in path.parents or ".." in path.parts:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(errors="replace"))


def _command(target: Target, how: Confined, root: Path, programs: Programs, version: str | None) -> list[str]:
    folder = str(root / target.folder)
    if target.tool == "kustomize":
        return [str(programs.kustomize), "build", folder]
    values = [part for one in target.values for part in ("--values", str(root / one))]
    about = ["--kube-version", version] if version else []
    about += ["--namespace", target.namespace] if target.namespace else []
    about += ["--skip-schema-validation"] if how.note else []
    return [str(programs.helm), "template", target.release, folder, "--include-crds", "--skip-tests", *about, *values]


def _run(command: Sequence[str], root: Path, place: Path, stop: Event) -> tuple[str, str]:
    """What the program printed, and what it complained of."""
    if stop.is_set():
        return "", _GIVEN_UP
    environment = {  # nothing of ours, no way out, and no git to run
        "PATH": "", "HOME": str(place), "TMPDIR": str(place), "HTTPS_PROXY": _NOWHERE, "HTTP_PROXY": _NOWHERE,
        "GOMAXPROCS": "2", "GOMEMLIMIT": "1GiB", "GOTRACEBACK": "none",
        **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
    }  # fmt: skip
    with (
        tempfile.TemporaryFile(dir=place) as printed,
        tempfile.TemporaryFile(dir=place) as complaints,
        subprocess.Popen(  # noqa: S603 - a list, no shell; the program is the operator's own
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=complaints
        ) as process,
    ):
        _limit(process.pid)
        why = _awaited(process, (printed, complaints), stop)
        printed.seek(0)
        text = printed.read(_MOST + 1)
        complaints.seek(0)
        said = complaints.read(10_000).decode(errors="replace").replace(f"{root}/", "").replace(str(root), ".")
    if why or len(text) > _MOST:
        return "", why or _TOO_MUCH
    if process.returncode:
        return "", _HUNGRY if "out of memory" in said else _complaint(said)
    return text.decode(errors="replace"), ""


def _limit(process: int) -> None:
    """Bound what a program may take of memory and disk, where the system can do that from outside."""
    if sys.platform == "linux":
        with suppress(ProcessLookupError):
            resource.prlimit(process, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            resource.prlimit(process, resource.RLIMIT_FSIZE, (2 * _MOST, 2 * _MOST))


def _awaited(process: subprocess.Popen[bytes], outputs: Sequence[IO[bytes]], stop: Event) -> str:
    """Wait for the end, or make it; answers why it was made."""
    end = monotonic() + _SECONDS
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK)
            return ""
        why = _GIVEN_UP if stop.is_set() else f"no answer within {_SECONDS:.0f} s" if monotonic() > end else ""
        if why or any(os.fstat(one.fileno()).st_size > _MOST for one in outputs):
            process.kill()
            return why or _TOO_MUCH


def _complaint(said: str) -> str:
    """The program's own words on one line, without its advice on flags of its own."""
    kept = [one.strip() for one in said.splitlines() if one.strip() and not one.startswith(("Use --debug", "WARNING"))]
    text = " ".join(kept).removeprefix("Error: ")
    return text[:600] or "it failed without a word"
