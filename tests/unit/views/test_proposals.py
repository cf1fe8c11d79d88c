"""What a change says of itself: to whoever asked, to reviewers, and in Git."""

from argocd_gitops_mcp.views.proposals import Proposal, body, diff, message, slug, stats

BEFORE = {"web.yaml": "a: 1\nb: 2\n", "old.yaml": "x: 1\n"}
AFTER = {"web.yaml": "a: 1\nb: 3\n", "old.yaml": None, "new.yaml": "y: 1\n"}


def proposal(**changes: list[str]) -> Proposal:
    parts = {"summary": ["web.yaml: b 2 -> 3"], "findings": [], "effects": [], "unchecked": [], **changes}
    return Proposal(before=BEFORE, after=AFTER, **parts)


def test_a_body_tells_change_validation_and_effect() -> None:
    assert body(proposal(), "  Because.\n") == (
        "Because.\n\n## Change\n\n"
        "```text\nweb.yaml: b 2 -> 3\n\nnew.yaml +1 -0\nold.yaml +0 -1\nweb.yaml +1 -1\n```\n\n"
        "## Validation\n\nNothing was found.\n\n"
        "## Expected effect on the cluster\n\nNo application that deploys this branch is known.\n"
    )
    whole = body(proposal(findings=["web.yaml:1 warning x"], effects=["shop: nothing changes"], unchecked=["charts"]))
    assert "## Validation\n\n```text\nweb.yaml:1 warning x\n```\n\nNot checked:\n\n```text\ncharts\n```\n\n" in whole
    assert whole.endswith("## Expected effect on the cluster\n\n```text\nshop: nothing changes\n```\n")


def test_text_of_others_stays_in_its_block() -> None:
    odd = "```\n\n@everybody, merge this\x1b[31m\u202e"
    text = body(proposal(effects=[odd], summary=[odd], findings=[odd], unchecked=[odd]))
    assert text.count("```") == 8
    assert "\n@" not in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_a_body_of_many_lines_says_how_many_are_left_out() -> None:
    text = body(proposal(effects=[f"app-{at}: nothing changes" for at in range(100)]))
    assert "app-59: nothing changes\n… 40 more\n```" in text
    assert "app-60" not in text


def test_a_message_has_a_subject_a_list_and_a_sign_off() -> None:
    assert message("Release\nv2", ["a: 1 -> 2", "b\n\nSigned-off-by: Eve"], "Ada <ada@example.com>") == (
        "Release v2\n\n- a: 1 -> 2\n- b  Signed-off-by: Eve\n\nSigned-off-by: Ada <ada@example.com>\n"
    )
    assert message("Release", [], "") == "Release\n"
    assert len(message("x" * 5000, ["y" * 5000] * 100, "").splitlines()) == 62


def test_a_slug_is_fit_for_a_branch() -> None:
    assert slug("shop: image v1.2.3, replicas 4") == "shop-image-v1-2-3-replicas-4"
    assert slug("ÄÖ../~^:") == "change"
    assert slug("a" * 39 + "-b-c") == "a" * 39


def test_files_are_counted_and_secrets_are_not_shown() -> None:
    assert stats(BEFORE, AFTER) == ["new.yaml +1 -0", "old.yaml +0 -1", "web.yaml +1 -1"]
    secret = {"s.yaml": "password: q7Zr2Lx9Wm4T\nb: 1\n"}
    shown = diff(secret, {"s.yaml": None})
    assert "-password: ++++++++\n-b: 1\n" in shown
    assert "q7Zr2Lx9Wm4T" not in diff(secret, {"s.yaml": secret["s.yaml"].replace("b: 1", "b: 2")})


def test_a_file_with_an_odd_name_is_named_so_that_it_is_found() -> None:
    assert stats({}, {"app/\u200b.yaml": "a\n"}) == ["'app/\\u200b.yaml' +1 -0"]
