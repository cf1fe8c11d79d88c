"""What Git says an application should be: revisions resolved, sources rendered, objects made ready to compare."""

import base64
import re
from dataclasses import dataclass, field

from argocd_gitops_mcp.sandbox import cluster, rendering
from argocd_gitops_mcp.sandbox.errors import Code, StatusError, unknown
from argocd_gitops_mcp.sandbox.world import TRACKING_ID, Application, Key, Object, World, clone, key_of

HOOK = "argocd.argoproj.io/hook"
WHOLE = 40  # letters of a SHA
SHA = re.compile("[0-9a-fA-F]{7,40}")


@dataclass
class Desired:
    """The rendered state at given commits."""

    revisions: list[str]
    types: list[str] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    hooks: list[Object] = field(default_factory=list)

    def by_key(self) -> dict[Key, Object]:
        return {key_of(obj): obj for obj in self.objects}


def positioned(revisions: list[str], positions: list[int], count: int) -> list[str]:
    """The revision asked for each source, by positions that count from 1; those without a position go unseen."""
    wanted = [""] * count
    for index, position in enumerate(positions):
        if not 0 < position <= count:
            raise unknown("source position is out of range")
        if index >= len(revisions):
            text = f"runtime error: index out of range [{index}] with length {len(revisions)}"
            raise StatusError(Code.INTERNAL, text)
        wanted[position - 1] = revisions[index]
    return wanted


def resolve(world: World, source: Object, revision: str, *, fresh: bool = True) -> str:
    """The commit of a revision; a branch that is not asked for freshly may be minutes old."""
    url = source["repoURL"]
    if not fresh and (cached := world.revisions.get((url, revision))):
        return cached
    folder = world.git.folder(url)
    if folder is None:
        raise unknown(f"failed to list refs: repository not found: {url}")
    if url in world.git.mounts and not world.repositories.get(url, {}).get("password"):
        raise unknown("failed to list refs: authentication required: Unauthorized")
    # What looks like a SHA is taken for one, whether or not it is there.
    sha = revision if SHA.fullmatch(revision) else world.git.resolve(folder, revision)
    if sha is None:
        raise unknown(f"unable to resolve '{revision}' to a commit SHA: revision not found")
    world.revisions[url, revision] = sha
    return sha


def full(world: World, source: Object, sha: str) -> str:
    """The whole SHA of a commit that is there."""
    folder = world.git.folder(source["repoURL"])
    found = world.git.commit_of(folder, sha) if folder else None
    if found is None:
        raise unknown(f"failed to initialize repository resources: rpc error: code = Internal desc = {_unfetched(sha)}")
    return found


def _unfetched(sha: str) -> str:
    whole = len(sha) == WHOLE
    cause = f"fatal: couldn't find remote ref {sha}"
    if whole:
        cause = f"fatal: git upload-pack: not our ref {sha}\nfatal: remote error: upload-pack: not our ref {sha}"
    command = f"`git fetch origin {sha} --tags --force --prune`"
    return f"Failed to checkout revision {sha}: {command} failed exit status 128: {cause}"


def render_source(
    world: World,
    application: Application,
    source: Object,
    sha: str,
    *,
    siblings: list[Object] | None = None,
    fresh: bool = False,
) -> list[Object]:
    """One source's objects as the repo-server answers them: tracked, mostly without a namespace.

    A failure is remembered, too, and then worded differently until something asks anew.
    """
    sha = full(world, source, sha)
    cache = rendering.dump({"sha": sha, "source": source, "app": application.rbac_name})
    if cache not in world.rendered:
        references = _references(world, siblings or application.sources)
        release = rendering.Release(application.name, application.target_namespace, references)
        folder = world.git.folder(source["repoURL"])
        files = world.git.tree(folder, sha) if folder else {}
        if not fresh and (text := world.failures.get(cache)):
            raise unknown(f"Manifest generation error (cached): {text}")
        try:
            objects = clone(rendering.render(files, source, release))
        except StatusError as error:
            world.failures[cache] = error.go_text
            raise
        for obj in objects:
            _encode_secret(obj)
            _track(application, obj)
        world.rendered[cache] = objects
    return world.rendered[cache]


def desired(
    world: World,
    application: Application,
    revisions: list[str] | None = None,
    *,
    sources: list[Object] | None = None,
    again: bool = False,
) -> Desired:
    """The whole application, or what it was when it had these sources.

    Raises StatusError with the text that ends up in the condition ComparisonError.
    """
    sources = application.sources if sources is None else sources
    result = Desired([])
    for index, source in enumerate(sources):
        try:
            wanted = revisions[index] if revisions else ""
            sha = full(world, source, wanted or resolve(world, source, source.get("targetRevision", "")))
            result.revisions.append(sha)
            if source.get("ref") and not source.get("path"):
                result.types.append("Directory")
                continue
            objects = render_source(world, application, source, sha, siblings=sources, fresh=again)
        except StatusError as error:
            where = f"failed to generate manifest for source {index + 1} of {len(sources)}"
            raise unknown(f"Failed to load target state: {where}: {error.go_text}") from error
        folder = world.git.folder(source["repoURL"])
        result.types.append(rendering.source_type(world.git.tree(folder, sha) if folder else {}, source))
        for obj in clone(objects):
            _normalize(application, obj)
            is_hook = HOOK in obj["metadata"].get("annotations", {})
            (result.hooks if is_hook else result.objects).append(obj)
    return result


def _references(world: World, sources: list[Object]) -> dict[str, rendering.Files]:
    """The trees of the sources that others refer to as $ref."""
    trees = {}
    for source in sources:
        folder = world.git.folder(source["repoURL"])
        if source.get("ref") and folder:
            trees[source["ref"]] = world.git.tree(folder, resolve(world, source, source.get("targetRevision", "")))
    return trees


def _track(application: Application, obj: Object) -> None:
    if not obj.get("metadata", {}).get("name"):
        return
    group, kind, namespace, name = key_of(obj)
    where = (namespace or application.target_namespace) if cluster.is_namespaced(obj) else ""
    value = f"{application.tracking_name}:{group}/{kind}:{where}/{name}"
    obj["metadata"].setdefault("annotations", {})
    if HOOK not in obj["metadata"]["annotations"]:
        obj["metadata"]["annotations"][TRACKING_ID] = value


def _normalize(application: Application, obj: Object) -> None:
    metadata = obj.setdefault("metadata", {})
    metadata.setdefault("name", "")
    if cluster.is_namespaced(obj):
        metadata.setdefault("namespace", application.target_namespace)


def _encode_secret(obj: Object) -> None:
    """As the repo-server normalizes it: stringData becomes data."""
    if obj["kind"] == "Secret":
        for name, text in obj.pop("stringData", {}).items():
            obj.setdefault("data", {})[name] = base64.b64encode(str(text).encode()).decode()
