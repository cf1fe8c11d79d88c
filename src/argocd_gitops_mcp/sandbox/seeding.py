"""What a new sandbox holds: accounts, the default project, and the seeds' repositories, projects and applications."""

from pathlib import Path

from argocd_gitops_mcp.sandbox import applications, cluster, manifests, projects, rendering, specs, tokens
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Account, Object, World

SEEDS = Path(__file__).parent / "seeds"
PASSWORDS = {"admin": "sandbox-admin", "ci": "sandbox-ci", "reader": "sandbox-reader", "nologs": "sandbox-nologs"}
PRIVATE_USER = "private"
PRIVATE_PASSWORD = "sandbox-private"  # noqa: S105 it guards nothing
# The applications that are Manual, but have been synced once.
SYNCED_ONCE = ("multi", "waves")
DEFAULT_PROJECT: Object = {
    "sourceRepos": ["*"],
    "destinations": [{"server": "*", "namespace": "*"}],
    "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
}


def furnish(world: World) -> dict[str, str]:
    """Accounts, namespaces and the default project; answers an API token per account."""
    for name in ("default", "kube-system", CONTROL_PLANE, "argocd-apps"):
        cluster.ensure_namespace(world, name)
    for name, password in PASSWORDS.items():
        world.accounts[name] = Account(name, password, ("login",) if name == "admin" else ("apiKey", "login"))
    projects.store(world, {"metadata": {"name": "default"}, "spec": DEFAULT_PROJECT})
    keys = {name: tokens.mint(world, world.accounts[name], 0, "") for name in ("ci", "reader", "nologs")}
    return {"admin": tokens.login(world, "admin", PASSWORDS["admin"]), **keys}


def plant(world: World, private: str, seeds: Path = SEEDS) -> None:
    """The seeds: `private` is the URL under which the private repository is reachable with a password."""
    for folder in sorted((seeds / "repositories").iterdir()):
        files = {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}
        bare = world.git.create(folder.name)
        world.git.commit(bare, dict(files), "Add the seeds", world.clock(), tag="v1.0.0")
        if folder.name == "private":
            url = f"{private}/private.git"
            world.git.mounts[url] = bare
            world.repositories[url] = {"username": PRIVATE_USER, "password": PRIVATE_PASSWORD}
    for path in sorted((seeds / "projects").glob("*.yaml")):
        projects.store(world, rendering.load(path.read_text())[0])
    for path in sorted((seeds / "applications").glob("*.yaml")):
        text = path.read_text().replace("$REPOSITORIES", f"file://{world.git.root}").replace("$PRIVATE", private)
        add_application(world, rendering.load(text)[0])


def add_application(world: World, manifest: Object) -> None:
    wanted = specs.admitted(manifest)
    made = applications.store(world, wanted, wanted["metadata"].get("namespace", CONTROL_PLANE))
    if made.name not in SYNCED_ONCE:
        return
    shas = [manifests.resolve(world, source, source.get("targetRevision", "")) for source in made.sources]
    target = (
        {"sources": made.sources, "revisions": shas}
        if len(shas) > 1
        else {"revision": shas[0], "source": made.sources[0]}
    )
    sync = {**target, "syncOptions": (made.spec.get("syncPolicy") or {}).get("syncOptions", [])}
    made.operation = {"sync": sync, "initiatedBy": {"username": "admin"}, "retry": {}}
