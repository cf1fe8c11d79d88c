"""Arguments that the operations on Git repositories share."""

from typing import Annotated

from pydantic import AfterValidator, Field

from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.operations._arguments import Name, Object, Text
from argocd_gitops_mcp.operations._operation import Arguments

PullRequestId = Annotated[Text, Field(description="Number of the pull request; without a forge its branch")]


_MAX_COMMENT = 20_000


def _body(value: str) -> str:
    if not value.strip() or len(value) > _MAX_COMMENT:
        raise ValueError(f"must be text of 1 to {_MAX_COMMENT} characters")
    return value


Body = Annotated[str, AfterValidator(_body)]


def _branch(value: str) -> str:
    name = value.removeprefix("refs/heads/")
    if name.startswith("refs/"):
        raise ValueError("must be a branch")
    return name


Branch = Annotated[Text, AfterValidator(_branch)]
"""By its short name, also where it was given in full: else it would be put below another `refs/heads`."""


class RepositoryArguments(Arguments):
    """One repository."""

    repository: Annotated[Text, Field(description="Clone in the workspace, or the repository's URL")]


class PullRequestArguments(RepositoryArguments):
    """One pull request."""

    pull_request: PullRequestId

    @property
    def target(self) -> str:
        """The repository and the request."""
        return f"{public(self.repository)}#{self.pull_request}"

    @property
    def confirmed_as(self) -> str:
        """The request's number is what must be named again."""
        return self.pull_request


class ChangeArguments(Arguments):
    """What is to be changed: by intent in an application's sources, by a template, or whole files."""

    repository: Annotated[
        Text | None, Field(description="Clone in the workspace, or URL; else the application's own")
    ] = None
    base: Annotated[Branch | None, Field(description="Branch to change; else the default branch")] = None
    application_name: Annotated[Name | None, Field(description="Application whose sources are edited")] = None
    image: Annotated[Text | None, Field(description="New tag, digest, or name:tag of a container's image")] = None
    replicas: Annotated[int | None, Field(ge=0, le=10_000, description="New count")] = None
    chart_version: Annotated[Text | None, Field(description="New version of the Helm chart")] = None
    helm_values: Annotated[Object | None, Field(description="Values by dotted path, e.g. {'image.tag': 'v2'}")] = None
    target_revision: Annotated[Text | None, Field(description="New targetRevision, in the Application's manifest")] = (
        None
    )
    workload: Annotated[Text | None, Field(description="Which, if image or replicas fit several")] = None
    files: Annotated[Object | None, Field(description="Whole files: {path: text}; null removes")] = None
    template: Annotated[Text | None, Field(description="Template to add, see list_templates")] = None
    values: Annotated[Object | None, Field(description="The template's values")] = None
