"""The command line: python -m testbed build|up|fleet|status|down."""

import argparse
import os
import sys
import time

from testbed import fleet, home, launcher, record
from testbed.build import build
from testbed.errors import NotReadyError
from testbed.home import Home
from testbed.record import Testbed

_EPILOG = """\
All state is in $ARGOCD_TESTBED_HOME, or else argocd-gitops-mcp/testbed in $XDG_CACHE_HOME or ~/.cache.
Go keeps its own caches (GOCACHE, GOMODCACHE), about 10 GB; `go clean -cache -modcache` empties them.
"""
_ROLES = {
    "admin": "the built-in administrator",
    "ci": "role:admin",
    "reader": "role:readonly",
    "nologs": "may get and sync applications, but not read logs",
}


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    place = home.from_environment(os.environ)
    try:
        match options.command:
            case "build":
                programs = build(place)
                print(programs.argocd, programs.gitea, sep="\n")
            case "up" if options.foreground:
                launcher.run(place, options.lifetime, seeded=options.seeds)
            case "up":
                _up(place, options.lifetime, seeded=options.seeds)
            case "fleet":
                _fleet(place.fleet, options.applications, options.lifetime)
            case "status":
                return _status(place.fleet if options.fleet else place, path=options.path)
            case _:
                print("Stopped." if launcher.down(place.fleet if options.fleet else place) else "No testbed runs.")
    except NotReadyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m testbed",
        description="A real Argo CD on loopback, with a Kubernetes API whose nodes are simulated.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the programs; does nothing when they are current")
    up = commands.add_parser("up", help="build if necessary, start, wait until ready, tell how to use it")
    up.add_argument("--foreground", action="store_true", help="stay until interrupted")
    up.add_argument(
        "--lifetime",
        type=float,
        default=launcher.LIFETIME_SECONDS,
        metavar="SECONDS",
        help="stop by itself after so long (default: %(default).0f)",
    )
    up.add_argument("--no-seeds", dest="seeds", action="store_false", help="leave out projects and applications")
    filled = commands.add_parser(
        "fleet", help="start another one beside it, full of applications whose controllers are paused"
    )
    filled.add_argument("applications", type=int, help="how many; 10000 take a minute and 4 GB of memory")
    filled.add_argument("--lifetime", type=float, default=launcher.FLEET_SECONDS, metavar="SECONDS")
    status = commands.add_parser("status", help="tell whether one runs; exit status 1 if not")
    status.add_argument("--path", action="store_true", help="print only the path of its record, a JSON file")
    down = commands.add_parser("down", help="stop it and remove what it leaves")
    for command in (status, down):
        command.add_argument("--fleet", action="store_true", help="the one that is full of applications")
    return parser


def _up(place: Home, lifetime: float, *, seeded: bool) -> None:
    began = time.monotonic()
    known = record.running(place)
    if known is None:
        print("Starting a testbed, about half a minute once it is built.", flush=True)
    testbed = launcher.up(place, lifetime, seeded=seeded)
    print("It runs already." if known else f"Ready after {time.monotonic() - began:.0f} s.")
    _tell(place, testbed)


def _fleet(place: Home, applications: int, lifetime: float) -> None:
    testbed = launcher.up(place, lifetime, seeded=False)
    print(f"Making {applications} applications", flush=True)
    began = time.monotonic()
    fleet.fill(testbed, applications)
    print(f"There after {time.monotonic() - began:.0f} s. Stop it: python -m testbed down --fleet")
    _tell(place, testbed)


def _status(place: Home, *, path: bool) -> int:
    testbed = record.running(place)
    if testbed is None:
        print("No testbed runs." if place.supervisor() is None else "A testbed is starting.", file=sys.stderr)
        return 1
    if path:
        print(place.record)
        return 0
    _tell(place, testbed)
    return 0


def _tell(place: Home, testbed: Testbed) -> None:
    print(f"Argo CD {testbed.version}: {testbed.url}")
    print(f"  CA file     {testbed.ca_file}")
    print("  accounts    " + "\n              ".join(f"{name}: {role}" for name, role in _ROLES.items()))
    print(f"  tokens and passwords  {place.record}")
    print(f"  Gitea       {testbed.gitea.url}/{testbed.gitea.organisation}, users {', '.join(testbed.gitea.users)}")
    print(f"  kubeconfig  {testbed.kubeconfig}")
    print(f"  logs        {testbed.run}/logs")
    print("  stop it     python -m testbed down")


if __name__ == "__main__":
    sys.exit(main())
