"""Arguments that the operations on Git repositories share."""

from typing import Annotated

from pydantic import Field

from argocd_gitops_mcp.operations._arguments import Text
from argocd_gitops_mcp.operations._operation import Arguments

PullRequestId = Annotated[Text, Field(description="Number of the pull request; without a forge its branch")]


class RepositoryArguments(Arguments):
    """One repository."""

    repository: Annotated[Text, Field(description="Clone in the workspace, or the repository's URL")]


class PullRequestArguments(RepositoryArguments):
    """One pull request."""

    pull_request: PullRequestId

    @property
    def target(self) -> str:
        """The repository and the request."""
        return f"{self.repository}#{self.pull_request}"

    @property
    def confirmed_as(self) -> str:
        """The request's number is what must be named again."""
        return self.pull_request
