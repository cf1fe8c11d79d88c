"""What is read of GitHub's answers (REST API, version 2022-11-28), by their published schemas."""

import msgspec


class User(msgspec.Struct):
    login: str = ""
    id: int = 0
    name: str | None = None
    email: str | None = None


class Repo(msgspec.Struct):
    """What merges are allowed is only told to whom may push."""

    full_name: str = ""
    default_branch: str = ""
    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True


class Sha(msgspec.Struct):
    sha: str = ""


class GitRef(msgspec.Struct):
    object: Sha


class Commit(msgspec.Struct):
    """Of /git/commits; /commits puts the tree elsewhere and it is not read there."""

    sha: str
    tree: Sha | None = None
    parents: list[Sha] = []


class TreeEntry(msgspec.Struct):
    path: str
    mode: str
    type: str
    sha: str
    size: int | None = None


class Tree(msgspec.Struct):
    sha: str
    tree: list[TreeEntry]
    truncated: bool = False


class Blob(msgspec.Struct):
    content: str
    encoding: str = "base64"


class Comparison(msgspec.Struct):
    """`status` is what the head is, seen from the base."""

    status: str


class Written(msgspec.Struct):
    """The answer to one written file."""

    commit: Sha


class HeadRepo(msgspec.Struct):
    full_name: str = ""


class Side(msgspec.Struct):
    ref: str = ""
    sha: str = ""
    repo: HeadRepo | None = None


class Team(msgspec.Struct):
    slug: str = ""


class Pull(msgspec.Struct):
    """`mergeable` is null while GitHub works it out; lists leave it out."""

    number: int
    head: Side
    base: Side
    title: str = ""
    state: str = "open"
    draft: bool = False
    user: User | None = None
    html_url: str = ""
    merged_at: str | None = None
    mergeable: bool | None = None
    mergeable_state: str = ""
    merge_commit_sha: str | None = None
    requested_reviewers: list[User] = []
    requested_teams: list[Team] = []


class Review(msgspec.Struct):
    state: str = ""
    user: User | None = None
    commit_id: str | None = None


class Status(msgspec.Struct):
    context: str = ""
    state: str = ""
    target_url: str | None = None


class Statuses(msgspec.Struct):
    statuses: list[Status] = []


class CheckRun(msgspec.Struct):
    name: str = ""
    status: str = ""
    conclusion: str | None = None
    html_url: str | None = None


class CheckRuns(msgspec.Struct):
    check_runs: list[CheckRun] = []


class RequiredCheck(msgspec.Struct):
    context: str = ""


class RuleParameters(msgspec.Struct):
    required_approving_review_count: int | None = None
    required_status_checks: list[RequiredCheck] | None = None
    allowed_merge_methods: list[str] | None = None


class Rule(msgspec.Struct):
    """One rule of a ruleset that is active for a branch."""

    type: str = ""
    parameters: RuleParameters | None = None


class RequiredChecks(msgspec.Struct):
    contexts: list[str] = []


class Protection(msgspec.Struct):
    required_status_checks: RequiredChecks | None = None


class Branch(msgspec.Struct):
    commit: Commit
    protected: bool = False
    protection: Protection | None = None


class RequiredReviews(msgspec.Struct):
    required_approving_review_count: int = 0


class File(msgspec.Struct):
    filename: str
    previous_filename: str = ""


class Comment(msgspec.Struct):
    html_url: str = ""
