"""Small manifests, and what one house rule finds in them."""

from argocd_gitops_mcp.gitops import documents, rules
from argocd_gitops_mcp.gitops.rules import Config

MARK = "# here"


def lines(rule: str, text: str, file: str = "manifests/one.yaml", config: Config | None = None) -> list[int]:
    """Where this rule finds something."""
    return [line for _, line in everything({file: text}, rule, config)]


def everything(files: dict[str, str], rule: str, config: Config | None = None) -> list[tuple[str, int]]:
    """File and line of all that this rule finds in a set."""
    read = []
    for file, text in files.items():
        found, unreadable = documents.read(file, text)
        assert not unreadable, unreadable
        read += found
    findings = rules.check(read, config or Config())
    return [(one.file, one.line) for one in findings if one.rule == rule]


def marked(text: str) -> list[int]:
    """Lines that end with the mark."""
    return [number for number, line in enumerate(text.split("\n"), 1) if line.endswith(MARK)]


def application(spec: str, name: str = "web", metadata: str = "") -> str:
    """An Application with these lines in its spec, each indented by two."""
    return _object("argoproj.io/v1alpha1", "Application", name, spec, metadata)


def plain(source: str = "", *more: str, destination: str = "", name: str = "web", project: str = "shop") -> str:
    """An Application of one source; `source` in place of revision and path."""
    source = source or "{repoURL: https://git.example.com/a.git, targetRevision: v1, path: web}"
    destination = destination or "{server: https://kubernetes.default.svc, namespace: shop}"
    parts = [f"project: {project}", f"source: {source}", f"destination: {destination}", *more]
    return application("\n".join(parts), name)


def project(spec: str, name: str = "shop") -> str:
    """An AppProject with these lines in its spec."""
    return _object("argoproj.io/v1alpha1", "AppProject", name, spec)


def application_set(spec: str, name: str = "web") -> str:
    """An ApplicationSet with these lines in its spec."""
    return _object("argoproj.io/v1alpha1", "ApplicationSet", name, spec)


def annotated(annotations: str, kind: str = "ConfigMap", version: str = "v1") -> str:
    """An object with these lines as annotations."""
    return _object(version, kind, "one", "", "annotations:\n" + _indented(annotations))


def deployment(
    pod: str, spec: str = "", name: str = "web", labels: str = "{app: web}", kind: str = "Deployment"
) -> str:
    """A Deployment with these lines in its pod's spec, and those beside its template."""
    template = "template:\n" + _indented(f"metadata: {{labels: {labels}}}\nspec:\n" + _indented(pod))
    return _object("apps/v1", kind, name, "\n".join([*([spec] if spec else []), template]))


def container(*more: str, image: str = "registry.example.com/web:1.0.0") -> str:
    """A pod's spec with one container of these fields, one a line."""
    return "containers:\n  - name: web\n" + _indented("\n".join([f"image: {image}", *more]), 4)


def together(*texts: str) -> str:
    """Several documents in one file."""
    return "\n---\n".join(texts)


def _object(version: str, kind: str, name: str, spec: str, metadata: str = "") -> str:
    head = [f"apiVersion: {version}", f"kind: {kind}", "metadata:", f"  name: {name}"]
    parts = [*head, *([_indented(metadata)] if metadata else []), *(["spec:", _indented(spec)] if spec else [])]
    return "\n".join(parts) + "\n"


def _indented(text: str, width: int = 2) -> str:
    return "\n".join(" " * width + line for line in text.split("\n"))
