"""What is read of GitLab's answers (REST API v4), by its published schemas."""

from datetime import datetime

import msgspec


class User(msgspec.Struct):
    username: str = ""
    name: str = ""
    email: str | None = None
    commit_email: str | None = None


class Project(msgspec.Struct):
    """`default_branch` is null in an empty repository."""

    default_branch: str | None = None
    empty_repo: bool = False
    squash_option: str = ""


class Commit(msgspec.Struct):
    """Inside a branch its parents are left out or null."""

    id: str
    parent_ids: list[str] | None = None


class Branch(msgspec.Struct):
    commit: Commit
    protected: bool = False
    can_push: bool = True


class TreeEntry(msgspec.Struct):
    id: str
    path: str
    mode: str
    type: str


class Blob(msgspec.Struct):
    content: str
    encoding: str = "base64"


class PipelineOfHead(msgspec.Struct):
    sha: str = ""
    status: str = ""
    web_url: str = ""


class MergeRequest(msgspec.Struct):
    """Lists leave out the pipeline."""

    iid: int
    source_branch: str
    target_branch: str
    title: str = ""
    state: str = "opened"
    sha: str | None = None
    source_project_id: int | None = None
    target_project_id: int | None = None
    author: User | None = None
    web_url: str = ""
    draft: bool = False
    has_conflicts: bool = False
    detailed_merge_status: str = ""
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    head_pipeline: PipelineOfHead | None = None


class Approval(msgspec.Struct):
    """Older versions do not tell when it was given (gitlab-org/gitlab!204605)."""

    user: User
    approved_at: datetime | None = None


class Version(msgspec.Struct):
    """What a push made of the request, and when it came in."""

    head_commit_sha: str = ""
    created_at: datetime | None = None


class Approvals(msgspec.Struct):
    """How many are required is told by the paid editions only."""

    approved_by: list[Approval] = []
    approvals_required: int | None = None


class Reviewer(msgspec.Struct):
    user: User
    state: str = ""


class Status(msgspec.Struct):
    """A job or an external status of a commit."""

    name: str = ""
    status: str = ""
    target_url: str | None = None
    allow_failure: bool = False


class Diff(msgspec.Struct):
    new_path: str
    old_path: str


class Note(msgspec.Struct):
    id: int
