import pytest

from argocd_gitops_mcp.insight.last_words import telling

FATAL = "FATAL cannot reach redis at cache:6379"
JAVA = [
    "INFO starting",
    'Exception in thread "main" java.lang.IllegalStateException: no pool',
    "\tat com.example.Pool.open(Pool.java:42)",
    "\tat com.example.Main.main(Main.java:7)",
    "Caused by: java.net.ConnectException: Connection refused",
    "\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)",
    "\t... 12 more",
]
PYTHON = [
    "Traceback (most recent call last):",
    '  File "/app/main.py", line 3, in <module>',
    "    run()",
    "KeyError: 'DATABASE_URL'",
]
GO = [
    "listening on :8080",
    "panic: runtime error: invalid memory address or nil pointer dereference",
    "goroutine 1 [running]:",
    "main.main()",
    "\t/app/main.go:12 +0x1d",
]


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["INFO starting", FATAL], FATAL),
        ([FATAL, "INFO closing", "INFO 0 errors reported", "bye"], FATAL),
        (JAVA, JAVA[4]),
        (PYTHON, PYTHON[3]),
        (GO, GO[1]),
        (['level=info msg="no error"', "level=error msg=broken", "level=info msg=done"], "level=error msg=broken"),
    ],
)
def test_the_line_that_tells_of_an_error_stands_last(lines: list[str], last: str) -> None:
    told = telling(lines)
    assert told[-1] == last
    assert len(told) <= 3


def test_frames_of_a_stack_do_not_stand_before_it() -> None:
    assert telling(JAVA) == [JAVA[0], JAVA[1], JAVA[4]]


def test_without_an_error_the_last_lines_stand() -> None:
    lines = [f"step {number}" for number in range(20)]
    assert telling(lines) == lines[-6:]


def test_an_error_long_ago_is_still_the_last_one() -> None:
    lines = [FATAL, *(f"INFO waiting {number}" for number in range(39))]
    assert telling(lines) == [FATAL]
