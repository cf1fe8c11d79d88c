"""Why Kubernetes or Argo CD refuses a resource: a table of what they say of it. Pure.

What Argo CD 3.6 and Kubernetes 1.37 say was seen on a real one, where a line does not name another place.
"""

from argocd_gitops_mcp.insight.causes import cause

SUMMARIES = {
    "missing-crd": "A resource's kind is unknown to the cluster",
    "unserved-version": "A resource's kind is known to the cluster, but in another version",
    "namespace-terminating": "The namespace to deploy into is being deleted",
    "missing-namespace": "The namespace to deploy into does not exist",
    "project-forbids": "The project does not permit a resource",
    "webhook": "An admission webhook or policy refuses, or does not answer",
    "quota": "A quota is exceeded",
    "permission": "Argo CD lacks a right in the cluster",
    "immutable-field": "A field that cannot be changed was changed",
    "field-conflict": "Another manager owns a field",
    "rejected": "Kubernetes refuses a resource as it is written",
    "sync-terminated": "Somebody stopped the last sync",
    "sync-failed": "A sync fails for another reason",
}
"""Rules of this table, in their order."""

_FIELD = r"is invalid: (?P<field>[\w.]+)[^:]*: "

CAUSES = (
    cause(
        "unserved-version",
        r"could not find version \"(?P<version>[^\"]+)\" of .*?Version \"(?P<served>[^\"]+)\" of",
        what="the cluster does not serve version{version} of its kind, but{served}",
        remedy="Correct apiVersion in Git.",
    ),
    cause(
        "missing-crd",
        r"Make sure the .* CRD is installed",
        r"could not find the requested resource",
        # kubectl's words, as the API server's discovery leaves them.
        r"no matches for kind",
        what="the cluster does not know its kind: the CustomResourceDefinition is not installed",
        remedy="Install the CRD first: in an earlier wave or by another application; or correct apiVersion and kind.",
    ),
    cause(
        "namespace-terminating",
        r"create new content in namespace (?P<namespace>\S+) because it is being terminated",
        what="its namespace{namespace} is being deleted",
        remedy="Find what keeps the namespace (a finalizer of something in it), and sync again once it has gone.",
    ),
    cause(
        "missing-namespace",
        r"namespaces \"(?P<namespace>[^\"]+)\" not found",
        what="its namespace{namespace} does not exist",
        remedy="Add the namespace to Git, set the sync option CreateNamespace=true, or correct the destination.",
    ),
    cause(
        "project-forbids",
        r"is not permitted in project (?P<project>\S+)",
        what="project{project} does not permit this kind or this destination",
        remedy="Permit it in the project's resource lists or destinations, or leave it out of Git.",
    ),
    cause(
        "webhook",
        r"admission webhook \"(?P<webhook>[^\"]+)\" denied",
        what="admission webhook{webhook} refuses it",
        remedy="Meet in Git what the quoted message of its policy asks for.",
    ),
    cause(
        "webhook",
        r"ValidatingAdmissionPolicy '(?P<policy>[^']+)'.* denied request",
        what="admission policy{policy} refuses it",
        remedy="Meet in Git what the quoted message of the policy asks for.",
    ),
    cause(
        "webhook",
        r"failed (?:calling|to call) webhook(?: \"(?P<webhook>[^\"]+)\")?",
        what="admission webhook{webhook} does not answer, and nothing is admitted without it",
        remedy="Mend the webhook's service in the cluster, and sync again.",
    ),
    cause(
        "quota",
        r"exceeded quota: (?P<quota>[^,\s]+)",
        r"failed quota: (?P<quota_2>[^:,\s]+)",
        what="quota{quota} of its namespace is used up",
        remedy="Ask for less in Git, or have the quota raised.",
    ),
    cause(
        "permission",
        r"User \"(?P<user>[^\"]+)\" cannot (?P<verb>\w+) resource \"(?P<resource>[^\"]+)\"",
        what="Argo CD's account{user} there may not{verb}{resource}",
        remedy="Grant that right in the cluster to the account that the quoted message names.",
    ),
    cause(
        "immutable-field",
        rf"{_FIELD}.*(?:field is immutable|may not be changed|[Ff]orbidden: updates to)",
        r"is immutable|cannot be changed|updates to \w+ spec for fields other than",
        what="Git changes{field}, which cannot be changed in place",
        remedy="Take the change back in Git, or have it made anew: sync with force and replace (it is down meanwhile).",
    ),
    # kubectl's words, as in argo-cd pull request 25561; Argo CD itself forces its own fields.
    cause(
        "field-conflict",
        r"conflicts? with \"(?P<manager>[^\"]+)\"",
        what="another manager{manager} owns a field that Git sets",
        remedy="Let one of them own the field: leave it out of Git, or take it from the other manager.",
    ),
    cause(
        "rejected",
        r"\.(?P<field>[\w.]+): field not declared in schema",
        r"unknown field \"(?P<field_2>[^\"]+)\"",
        what="its kind has no field{field}",
        remedy="Correct the field's name in Git; validate_manifests finds such mistakes before.",
    ),
    cause(
        "rejected",
        r"cannot unmarshal (?P<given>\w+) into Go struct field (?P<field>\S+) of type (?P<type>\S+)",
        what="its field{field} is a{given}, where{type} is wanted",
        remedy="Correct the value in Git; validate_manifests finds such mistakes before.",
    ),
    cause(
        "rejected",
        rf"{_FIELD}(?:Invalid value|Unsupported value|Required value|Too long|Duplicate value|Forbidden)",
        what="Kubernetes refuses its field{field}",
        remedy="Correct what the quoted message names, in Git; validate_manifests finds many such mistakes before.",
    ),
    cause(
        "rejected",
        r"is invalid|cannot be handled as|strict decoding error|error validating data|Invalid value",
        what="Kubernetes refuses it as it is written",
        remedy="Correct what the quoted message names, in Git; validate_manifests finds many such mistakes before.",
    ),
    cause(
        "sync-terminated",
        r"^Operation terminated",
        what="it was stopped before its end",
        remedy="Find out what it waited for, and sync again.",
    ),
    # Told by the condition, and by the state of the windows.
    cause("shared-resource", r"^Shared resource found", what="", remedy=""),
    cause("window-closed", r"blocked by sync window", what="", remedy=""),
    cause("sync-failed", r"", what="it could not be applied", remedy="The quoted message says why."),
)
