"""What is read of Gitea's answers (1.26, its swagger document; Forgejo's are the same)."""

import msgspec


class User(msgspec.Struct):
    login: str = ""
    full_name: str = ""
    email: str = ""


class Repo(msgspec.Struct):
    default_branch: str = ""
    empty: bool = False
    archived: bool = False
    allow_merge_commits: bool = True
    allow_squash_merge: bool = True
    allow_rebase: bool = True


class Ref(msgspec.Struct):
    sha: str = ""


class Commit(msgspec.Struct):
    sha: str
    parents: list[Ref] = []


class TreeEntry(msgspec.Struct):
    path: str
    mode: str
    type: str
    sha: str
    size: int = 0


class Tree(msgspec.Struct):
    """`truncated` says that there is a further page."""

    tree: list[TreeEntry] | None = None
    truncated: bool = False


class Blob(msgspec.Struct):
    """`content` is null where the file is above the forge's DEFAULT_MAX_BLOB_SIZE."""

    size: int = 0
    content: str | None = None


class BranchCommit(msgspec.Struct):
    id: str = ""


class Branch(msgspec.Struct):
    """A branch with what its protection asks for."""

    commit: BranchCommit | None = None
    protected: bool = False
    required_approvals: int = 0
    enable_status_check: bool = False
    status_check_contexts: list[str] | None = None
    user_can_push: bool = False


class ChangedFiles(msgspec.Struct):
    """The answer to a change of files."""

    commit: Commit


class Side(msgspec.Struct):
    ref: str = ""
    sha: str = ""
    repo_id: int = 0


class Pull(msgspec.Struct):
    """`mergeable` is false for conflicts and drafts, and while the forge still looks."""

    number: int
    base: Side
    head: Side
    title: str = ""
    state: str = "open"
    user: User | None = None
    draft: bool = False
    mergeable: bool = False
    merged: bool = False
    merge_commit_sha: str | None = None
    html_url: str = ""


class Team(msgspec.Struct):
    name: str = ""


class Review(msgspec.Struct):
    """A request for a review is one too.

    Args:
        commit_id: the head that was looked at.
        official: by somebody whose approval the branch's rules count; without rules, who may write.
    """

    state: str = ""
    user: User | None = None
    team: Team | None = None
    dismissed: bool = False
    official: bool = False
    commit_id: str = ""


class Status(msgspec.Struct):
    context: str = ""
    status: str = ""
    target_url: str = ""


class Statuses(msgspec.Struct):
    statuses: list[Status] | None = None


class File(msgspec.Struct):
    filename: str
    previous_filename: str = ""


class Comment(msgspec.Struct):
    html_url: str = ""
