"""How a Go module of ours becomes a folder of programs, and how to tell one such folder from another."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from testbed import toolchain
from testbed.errors import NotReadyError
from testbed.home import Home

_PROGRESS_SECONDS = 15

Environment = Mapping[str, str]
Finish = Callable[[Path, Environment], None]


@dataclass(frozen=True)
class Recipe:
    """One Go module. `sources` are its files that are not pinned by go.sum, `finish` completes what go has built."""

    title: str
    costs: str
    prefix: str
    module: Path
    sources: tuple[str, ...]
    packages: tuple[str, ...]
    ldflags: str
    finish: Finish
    tags: str = ""
    in_c: bool = False

    def folder(self, home: Home) -> Path:
        """Tell where the programs of this very source are, built or not yet."""
        digest = hashlib.sha256()
        for name in ("go.mod", "go.sum", *self.sources):
            digest.update((self.module / name).read_bytes())
        digest.update(f"{self.ldflags} {toolchain.GO_PACKAGE}{self.tags}".encode())
        return home.programs / f"{self.prefix}-{digest.hexdigest()[:12]}"

    def check(self) -> None:
        """Fail before the long work if it cannot end well."""
        compiler = os.environ.get("CC", "gcc").partition(" ")[0]
        if self.in_c and shutil.which(compiler) is None:
            raise NotReadyError(f"{self.title} needs a C compiler: there is no {compiler} (Debian's package is gcc)")

    def build(self, home: Home) -> None:
        """Build all of it, or nothing; earlier builds are removed."""
        target = self.folder(home)
        print(f"Building {self.title} into {target}\nThe first time takes {self.costs}; later a minute.", flush=True)
        began = time.monotonic()
        environment = {**toolchain.install(home), "CGO_ENABLED": "1" if self.in_c else "0"}
        with tempfile.TemporaryDirectory(dir=home.programs, prefix="building-") as folder:
            draft = Path(folder) / "bin"
            draft.mkdir()
            self._compile(draft, environment)
            self.finish(draft, environment)
            draft.rename(target)
        print(f"Built in {time.monotonic() - began:.0f} s", flush=True)
        for old in home.programs.glob(f"{self.prefix}-*"):
            if old != target:
                shutil.rmtree(old)

    def copy(self, module: str, folders: Mapping[str, str], target: Path, environment: Environment) -> None:
        """Copy folders of a module that is built from, which Go keeps where nobody may write."""
        command = ["go", "list", "-m", "-f", "{{.Dir}}", module]
        found = subprocess.run(command, cwd=self.module, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        for folder, name in folders.items():
            shutil.copytree(Path(found.stdout.strip()) / folder, target / name)
            for path in (target / name, *(target / name).rglob("*")):
                path.chmod(path.stat().st_mode | stat.S_IWUSR)

    def _compile(self, target: Path, environment: Environment) -> None:
        flags = ["-v", "-tags", self.tags, "-ldflags", self.ldflags]
        command = ["go", "build", *flags, "-o", f"{target}{os.sep}", *self.packages]
        with subprocess.Popen(command, cwd=self.module, env=environment, stderr=subprocess.PIPE, text=True) as compiler:
            if compiler.stderr is None:
                raise NotReadyError("go build has no output to read")
            progress = _Progress()
            reader = threading.Thread(target=progress.read, args=(compiler.stderr,), daemon=True)
            reader.start()
            while reader.is_alive():
                reader.join(_PROGRESS_SECONDS)
                print(f"  {progress}", flush=True)
            if compiler.wait() != 0:
                raise NotReadyError("go build failed:\n" + "\n".join(progress.last))


class _Progress:
    """Counts what `go build -v` says it downloads and compiles."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.downloaded = 0
        self.compiled = 0
        self.last: list[str] = []

    def read(self, lines: IO[str]) -> None:
        for line in lines:
            if line.startswith("go: downloading"):
                self.downloaded += 1
            else:
                self.compiled += 1
            self.last = [*self.last[-29:], line.rstrip()]

    def __str__(self) -> str:
        seconds = time.monotonic() - self.began
        return f"{seconds:4.0f} s: {self.downloaded} modules downloaded, {self.compiled} packages compiled"
