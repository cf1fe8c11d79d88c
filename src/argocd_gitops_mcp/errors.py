"""Every way a request can fail, as one tree.

    GitOpsError
    ├── InvalidArgument            the caller's arguments; nothing was sent
    │   ├── UnknownOperation
    │   ├── UnknownArgument
    │   ├── UnknownResource        not in the application's resource tree
    │   ├── AmbiguousResource
    │   ├── UnknownContainer
    │   ├── UnknownAction
    │   ├── UnknownRevision
    │   ├── UnknownHistoryId
    │   ├── UnknownRepository      not a repository that this server may work on
    │   ├── UnknownTemplate
    │   ├── InvalidValue           a template's value
    │   ├── InvalidPath            outside the repository, or through a symbolic link
    │   ├── NotYAML
    │   └── InvalidPlan            not of this server, or changed on the way
    │       ├── PlanExpired
    │       └── PlanOfAnother      made for another user or another Argo CD
    ├── Denied                     this server refused; nothing was sent
    │   ├── ReadOnly
    │   ├── NotAllowed             by a setting of its own
    │   ├── NotConfirmed
    │   ├── PlanRequired
    │   ├── PlanOutdated           the world moved since the plan was made
    │   ├── InvalidChange          validation found errors in it
    │   ├── SecretInChange
    │   └── MergeRefused           checks, reviews or rules stand against it
    ├── NotConfigured
    ├── Unreachable                no answer from Argo CD
    │   ├── TLSFailed
    │   ├── TimedOut
    │   └── ConnectionLost         the request may have arrived
    ├── NotArgoCD                  something answered, but not Argo CD's API
    ├── Unauthenticated
    │   └── TokenExpired
    ├── Forbidden
    │   └── MissingOrForbidden     Argo CD does not tell which
    ├── NotFound
    ├── AlreadyExists
    ├── Conflict
    ├── Rejected                   Argo CD found the request invalid
    ├── FailedPrecondition         valid, but not in the present state
    │   ├── DirtyTree              uncommitted changes in the clone
    │   ├── ProtectedBranch
    │   ├── MergeConflict          base and branch changed the same lines
    │   └── NothingToChange
    ├── GitFailed                  the git program failed
    ├── TooLarge
    ├── ServerError
    │   └── Unavailable
    ├── OperationFailed            a sync or rollback ended Failed or Error
    ├── OutcomeUnknown             it was sent, and how it ended cannot be seen
    └── InternalError              a mistake of ours

Each leaf has a stable `code`, a `hint` that names the next step, and says whether sending the same again may
help (`retry`).
Text from Argo CD travels apart in `upstream`: it is data, never our voice.
"""

from typing import ClassVar


class GitOpsError(Exception):
    """Base of the tree.

    Args:
        message: what failed, in our words.
        hint: the next step, if a better one is known than the class's own.
        upstream: what Argo CD or the network said, verbatim.
    """

    code: ClassVar[str] = "error"
    hint: str = ""
    retry: bool = False

    def __init__(self, message: str, *, hint: str | None = None, upstream: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.upstream = upstream
        if hint is not None:
            self.hint = hint


class InvalidArgument(GitOpsError):
    code = "invalid_argument"


class UnknownOperation(InvalidArgument):
    code = "unknown_operation"


class UnknownArgument(InvalidArgument):
    code = "unknown_argument"


class UnknownResource(InvalidArgument):
    code = "unknown_resource"
    hint = "Read the application's resource tree (get_resource_tree) for what is there."


class AmbiguousResource(InvalidArgument):
    code = "ambiguous_resource"


class UnknownContainer(InvalidArgument):
    code = "unknown_container"


class UnknownAction(InvalidArgument):
    code = "unknown_action"


class UnknownRevision(InvalidArgument):
    code = "unknown_revision"
    hint = "Give a commit, tag or branch that is in the repository; nothing was sent."


class UnknownHistoryId(InvalidArgument):
    code = "unknown_history_id"
    hint = "Read the application's history (operation history) for the ids it has."


class UnknownRepository(InvalidArgument):
    code = "unknown_repository"
    hint = "Give a clone inside the workspace (--workspace), or a URL of the configured forge (--forge-url)."


class UnknownTemplate(InvalidArgument):
    code = "unknown_template"
    hint = "See list_templates."


class InvalidValue(InvalidArgument):
    code = "invalid_value"


class InvalidPath(InvalidArgument):
    code = "invalid_path"
    hint = "Give paths from the repository's root, without `..`, not through a symbolic link."


class NotYAML(InvalidArgument):
    code = "not_yaml"


class InvalidPlan(InvalidArgument):
    code = "invalid_plan"
    hint = "Make the plan again (plan=true) and pass its plan_id unchanged."


class PlanExpired(InvalidPlan):
    code = "plan_expired"


class PlanOfAnother(InvalidPlan):
    code = "plan_of_another"


class Denied(GitOpsError):
    code = "denied"


class ReadOnly(Denied):
    code = "read_only"
    hint = "Ask the person who runs this server to start it with --allow-write (or ARGOCD_ALLOW_WRITE=true)."


class NotAllowed(Denied):
    code = "not_allowed"
    hint = "Ask the person who runs this server to allow it; see the settings."


class NotConfirmed(Denied):
    code = "not_confirmed"


class PlanRequired(Denied):
    code = "plan_required"
    hint = "Call it with plan=true, show the plan, then operation apply_plan with its plan_id."


class PlanOutdated(Denied):
    code = "plan_outdated"
    hint = "Make the plan again (plan=true), and look at what is different."


class InvalidChange(Denied):
    code = "invalid_change"
    hint = "Mend what was found, or give allow_findings=true if the user wants it all the same."


class SecretInChange(Denied):
    code = "secret_in_change"
    hint = "Keep secrets out of Git: SealedSecret, ExternalSecret or SOPS hold them encrypted or elsewhere."


class MergeRefused(Denied):
    code = "merge_refused"


class NotConfigured(GitOpsError):
    code = "not_configured"
    hint = "Run `argocd-gitops-mcp doctor` to see which setting is missing and where each value comes from."


class Unreachable(GitOpsError):
    code = "unreachable"
    hint = "Check ARGOCD_SERVER_URL, the network and any proxy; `argocd-gitops-mcp doctor` tries each step."
    retry = True


class TLSFailed(Unreachable):
    code = "tls_failed"
    hint = "Give the authority that signed the certificate with --ca-file (ARGOCD_CA_FILE); do not bypass TLS."
    retry = False


class TimedOut(Unreachable):
    code = "timed_out"
    hint = "Argo CD did not answer in time. A read may be repeated; after a write, look at the state first."
    retry = False


class ConnectionLost(Unreachable):
    code = "connection_lost"
    hint = "The connection broke after the request was sent. After a write, look at the state before sending it again."
    retry = False


class NotArgoCD(GitOpsError):
    code = "not_argocd"
    hint = "Check ARGOCD_SERVER_URL: scheme, host, port, and the root path if Argo CD is served under one."


class Unauthenticated(GitOpsError):
    code = "unauthenticated"
    hint = (
        "Get a token with `argocd-gitops-mcp token login` or `token mint`, and set ARGOCD_TOKEN or ARGOCD_TOKEN_FILE."
    )


class TokenExpired(Unauthenticated):
    code = "token_expired"


class Forbidden(GitOpsError):
    code = "forbidden"
    hint = "The account lacks this right; `argocd-gitops-mcp token validate` shows what it may do."


class MissingOrForbidden(Forbidden):
    code = "missing_or_forbidden"
    hint = "Argo CD hides which: list the applications you may see, or give `project` to learn whether it is missing."


class NotFound(GitOpsError):
    code = "not_found"


class AlreadyExists(GitOpsError):
    code = "already_exists"


class Conflict(GitOpsError):
    code = "conflict"
    hint = "It changed meanwhile: read it again, then decide."


class Rejected(GitOpsError):
    code = "rejected"


class FailedPrecondition(GitOpsError):
    code = "failed_precondition"


class DirtyTree(FailedPrecondition):
    code = "dirty_tree"
    hint = "Commit or stash what is changed in the clone, then call again."


class ProtectedBranch(FailedPrecondition):
    code = "protected_branch"
    hint = "Choose another branch name: the change goes there, and a pull request brings it further."


class MergeConflict(FailedPrecondition):
    code = "merge_conflict"
    hint = "Make the change anew on the base as it is now (plan_change, then open_pull_request)."


class NothingToChange(FailedPrecondition):
    code = "nothing_to_change"


class GitFailed(GitOpsError):
    code = "git_failed"
    hint = "Run the same in a shell to see more; access to the remote is that of the user's own git."


class TooLarge(GitOpsError):
    code = "too_large"
    hint = "Narrow the request: name a resource, a project or a selector."


class ServerError(GitOpsError):
    code = "server_error"


class Unavailable(ServerError):
    code = "unavailable"
    hint = "Argo CD or a proxy before it is not ready; try again shortly."
    retry = True


class OperationFailed(GitOpsError):
    code = "operation_failed"


class OutcomeUnknown(GitOpsError):
    code = "outcome_unknown"
    hint = "Look at the application and its history before doing it again."


class InternalError(GitOpsError):
    code = "internal"
    hint = "A mistake of this server's; its log on stderr has the details under this id."
