"""Why manifests cannot be made of an application's source: a table of what Argo CD, Helm, kustomize and Git say. Pure.

What Argo CD 3.6 says was seen on a real one, where a line does not name another place.
"""

from argocd_gitops_mcp.insight.causes import cause

SUMMARIES = {
    "repo-server": "Argo CD's repository server does not answer",
    "too-large": "The manifests are larger than Argo CD takes",
    "path-missing": "The folder does not exist at this revision",
    "revision-missing": "The branch, tag, commit or chart version does not exist",
    "helm": "The Helm chart cannot be rendered",
    "kustomize": "The kustomization cannot be built",
    "jsonnet": "The Jsonnet cannot be evaluated",
    "plugin-missing": "The config management plugin is not there or fails",
    "yaml": "A manifest cannot be read",
    "repository-unreachable": "The repository cannot be read",
}
"""Rules of this table, in their order."""

_CHART = "Correct the chart or its values in Git; the quoted line names the place."
_KUSTOMIZATION = "Correct the kustomization in Git; the quoted line names the file."
_FILE = "Correct the file in Git; validate_manifests shows the place before a change is pushed."
_NETWORK = "Correct repoURL, or look after the network from Argo CD's repository server to it."
_CREDENTIALS = "Register the repository in Argo CD with credentials that may read it, or correct repoURL."

CAUSES = (
    # gRPC's own words, as in argo-cd issues 10023 and 3864.
    cause(
        "repo-server",
        r"code = Unavailable",
        what="Argo CD's repository server cannot be reached.",
        remedy="Look after argocd-repo-server and the network to it; refresh the application then.",
    ),
    cause(
        "repo-server",
        r"code = DeadlineExceeded",
        what="Argo CD's repository server did not make the manifests in time.",
        remedy="Make rendering cheaper, or give argocd-repo-server more CPU or a longer timeout.",
    ),
    # argo-cd issue 3117; reposerver/repository.ErrExceededMaxCombinedManifestFileSize.
    cause(
        "too-large",
        r"code = ResourceExhausted",
        r"message larger than max",
        r"exceeded max combined manifest file size",
        what="The source's manifests are larger than Argo CD takes.",
        remedy="Split the application, or leave out files that are no manifests (directory.exclude).",
    ),
    cause(
        "path-missing",
        r"desc = (?P<path>\S+): app path does not exist",
        r"app path is not a directory",
        r"app path outside root",
        what="The source's path{path} is no folder of the repository at this revision.",
        remedy="Correct the Application's path, or commit the folder.",
    ),
    cause(
        "revision-missing",
        r"unable to resolve '(?P<revision>[^']*)' to a commit SHA",
        # Of the issues: a commit that a shallow or rewritten history does not have any more.
        r"[Ff]ailed to checkout revision (?P<revision_2>\S+)",
        what="The source's target revision{revision} does not exist in the repository.",
        remedy="Correct targetRevision in the Application, or push that branch or tag.",
    ),
    cause(
        "revision-missing",
        r"chart \"(?P<chart>[^\"]+)\" version \"(?P<version>[^\"]+)\" not found in",
        r"version matching constraint not found in",
        what="The chart{chart} or its version{version} is not in the chart repository.",
        remedy="Correct chart or targetRevision in the Application, or publish that version.",
    ),
    cause(
        "helm",
        r"helm dependency build|building helm chart dependencies",
        what="The Helm chart cannot be rendered: a chart that it depends on is missing.",
        remedy="Correct dependencies in Chart.yaml, commit the charts, or register their repository in Argo CD.",
    ),
    cause(
        "helm",
        r"Error: open (?P<file>\S+): no such file or directory",
        what="The Helm chart cannot be rendered: values file{file} does not exist.",
        remedy="Commit the values file, or correct helm.valueFiles in the Application.",
    ),
    cause(
        "helm",
        r"execution error at \((?P<at>[^)\s]+)\)",
        what="The Helm chart cannot be rendered: its template{at} refuses the values, or demands one that is not set.",
        remedy="Set what the quoted message asks for: in the values files, or under helm in the Application.",
    ),
    cause(
        "helm",
        r"Error: (?P<at>\S+:\d+:\d+).*nil pointer evaluating",
        what="The Helm chart cannot be rendered:{at} reads a value that is not set.",
        remedy="Set the value that the quoted line names, or have the template do without.",
    ),
    cause(
        "helm",
        r"values don't meet the specifications of the schema",
        what="The Helm chart cannot be rendered: its values do not fit its schema.",
        remedy="Correct the values that the quoted message names.",
    ),
    cause(
        "helm",
        r"YAML parse error on (?P<at>[^\s:]+)",
        what="The Helm chart cannot be rendered: its template{at} makes no valid YAML.",
        remedy=_CHART,
    ),
    cause(
        "helm",
        r"parse error at \((?P<at>[^)\s]+)\)",
        r"Error: (?P<at_2>\S+:\d+:\d+)",
        what="The Helm chart cannot be rendered: its template fails at{at}.",
        remedy=_CHART,
    ),
    cause(
        "helm",
        r"chart requires kubeVersion",
        what="The Helm chart cannot be rendered: it is not made for the cluster's version of Kubernetes.",
        remedy="Take a version of the chart that supports the cluster.",
    ),
    cause(
        "helm",
        r"source referenced \"\$(?P<ref>[^\"]+)\", but no source has a 'ref' field",
        what="The Helm chart cannot be rendered: a values file is of source{ref}, which the Application does not have.",
        remedy="Add a source with that ref to the Application, or correct helm.valueFiles.",
    ),
    cause(
        "helm",
        r"helm template|failed to execute helm",
        what="The Helm chart cannot be rendered.",
        remedy=_CHART,
    ),
    cause(
        "kustomize",
        r"accumulating resources from '(?P<url>\w+://[^']+)'",
        what="The kustomization cannot be built: its remote base{url} cannot be fetched.",
        remedy="Correct the base's address, or look after the network and credentials for it.",
    ),
    cause(
        "kustomize",
        r"kustomize build.*accumulating resources from '(?P<file>[^']+)'.*no such file or directory",
        what="The kustomization cannot be built:{file}, which it names, does not exist.",
        remedy="Commit the file, or take it out of the kustomization.",
    ),
    cause(
        "kustomize",
        r"may not add resource with an already registered id",
        what="The kustomization cannot be built: a resource is in it twice.",
        remedy="Leave one of them out of the kustomization's resources.",
    ),
    cause(
        "kustomize",
        r"no resource matches (?:strategic merge|json6902|JSON) patch|no matches for Id",
        what="The kustomization cannot be built: a patch is for a resource that it does not have.",
        remedy="Correct the patch's name, kind or target, or take it out.",
    ),
    cause(
        "kustomize",
        r"invalid Kustomization: json: unknown field \"(?P<field>[^\"]+)\"",
        what="The kustomization cannot be built: kustomize knows no field{field}.",
        remedy="Correct the field's name in kustomization.yaml.",
    ),
    cause("kustomize", r"kustomize build", what="The kustomization cannot be built.", remedy=_KUSTOMIZATION),
    cause(
        "jsonnet",
        r"Failed to evaluate jsonnet \"(?P<file>[^\"]+)\"",
        what="The Jsonnet file{file} cannot be evaluated.",
        remedy="Correct it in Git; the quoted message names line and column.",
    ),
    cause(
        "plugin-missing",
        r"could not find cmp-server plugin with name \"(?P<plugin>[^\"]+)\"",
        what="Argo CD's repository server has no config management plugin{plugin} for this source.",
        remedy="Correct the plugin's name in the Application, or have the plugin installed at the repository server.",
    ),
    cause(
        "plugin-missing",
        r"could not find plugin supporting the given repository",
        what="None of the repository server's config management plugins takes this source.",
        remedy="Name a plugin in the Application, or have one installed that discovers this kind of source.",
    ),
    cause(
        "plugin-missing",
        r"CMP processing failed|cmp-server",
        what="The source's config management plugin fails.",
        remedy="The quoted message is the plugin's own; correct its input in Git, or the plugin.",
    ),
    cause(
        "yaml",
        r"Failed to unmarshal \"(?P<file>[^\"]+)\".*line (?P<line>\d+):",
        r"Failed to unmarshal \"(?P<file_2>[^\"]+)\"",
        what="The manifest{file} cannot be read.",
        remedy=_FILE,
    ),
    cause(
        "yaml",
        r"Object 'Kind' is missing",
        what="A manifest in the source, or one that it renders, has no kind.",
        remedy=_FILE,
    ),
    cause(
        "yaml",
        r"failed to unmarshal manifest|error (?:converting|parsing) (?:YAML|JSON)",
        what="A manifest in the source cannot be read.",
        remedy=_FILE,
    ),
    cause(
        "repository-unreachable",
        r"authentication required|error creating SSH agent|Permission denied \(publickey\)",
        what="Argo CD cannot read the source's repository: it has no credentials for it, or it does not exist.",
        remedy=_CREDENTIALS,
    ),
    cause(
        "repository-unreachable",
        r"authorization failed|401 Unauthorized|403 Forbidden",
        what="Argo CD cannot read the source's repository: the credentials are refused.",
        remedy=_CREDENTIALS,
    ),
    cause(
        "repository-unreachable",
        r"repository not found|does not appear to be a git repository|404 Not Found",
        what="Argo CD cannot read the source's repository: there is none at its address.",
        remedy="Correct repoURL in the Application, or bring the repository back.",
    ),
    cause(
        "repository-unreachable",
        r"no such host",
        what="Argo CD cannot read the source's repository: the name of its server is not known.",
        remedy=_NETWORK,
    ),
    # Go's own words.
    cause(
        "repository-unreachable",
        r"x509",
        what="Argo CD cannot read the source's repository: it does not trust the server's certificate.",
        remedy="Add the server's CA certificate to Argo CD, or correct the certificate.",
    ),
    cause(
        "repository-unreachable",
        r"knownhosts: key",
        what="Argo CD cannot read the source's repository: it does not know the server's SSH key.",
        remedy="Add the server's key to Argo CD's known hosts.",
    ),
    cause(
        "repository-unreachable",
        r"dial tcp|connection refused|i/o timeout|context deadline exceeded",
        what="Argo CD cannot read the source's repository: its server does not answer.",
        remedy=_NETWORK,
    ),
    cause(
        "repository-unreachable",
        r"remote repository is empty",
        what="The source's repository is empty.",
        remedy="Push the branch that the Application names.",
    ),
    cause(
        "repository-unreachable",
        r"failed to (?:list refs|initialize repository|fetch|resolve revision)|error (?:fetching|pulling OCI) chart",
        what="Argo CD cannot read the source's repository.",
        remedy=_CREDENTIALS,
    ),
)
