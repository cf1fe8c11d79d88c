"""Lines of many loggers, and whether they tell of an error."""

import time

import pytest

from argocd_gitops_mcp.operations._log_levels import is_error, without_time


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-01 10:00:00 ERROR cannot connect",
        "2026-11-01 10:00:00,123 ERROR [main] com.example.Web - no route",
        "2026-11-01T10:00:00.123Z\terror\tapp/main.go:12\tno route",
        "[error] upstream timed out",
        "2026/11/01 10:00:00 [error] 12#12: *1 upstream timed out",
        "[Sun Nov 01 10:00:00.123456 2026] [core:error] [pid 1] no such file",
        '{"level":"error","msg":"no route"}',
        '{"msg":"no route","level":50,"time":1}',
        '{"@t":"2026-11-01T10:00:00Z","@mt":"no route","@l":"Fatal"}',
        '{"log.level": "error", "message": "no route"}',
        "time=2026-11-01T10:00:00Z level=fatal msg=bye",
        '{"severity":"CRITICAL","message":"x"}',
        "E1126 10:00:00.000000       1 main.go:12] failed",
        "2026-11-01 10:00:00.000 UTC [1] FATAL:  the database system is starting up",
        "ERROR:root:no route",
        "error: no such file",
        "panic: runtime error: index out of range",
        "java.lang.NullPointerException: null",
        "Traceback (most recent call last):",
        "ConnectionRefusedError: [Errno 111] Connection refused",
    ],
)
def test_an_error_is_known(line: str) -> None:
    assert is_error(line)


@pytest.mark.parametrize(
    "line",
    [
        "INFO started",
        "INFO no error found",
        "2026-11-01 10:00:00 INFO recovered from ConnectionError: tried again",
        "WARN retrying after IOException: reset",
        "I1126 10:00:00.000000       1 main.go:12] ERROR is no word of ours",
        '{"level":"info","msg":"ERROR is only mentioned"}',
        '{"msg":"fine","level":30}',
        '{"water level":60}',
        "GET /errors 200",
        "0 errors found",
        "the log level: error is the default",
        "level=info msg=error-free",
        "Everything is fine",
        "terror",
        "",
    ],
)
def test_what_is_no_error_is_none(line: str) -> None:
    assert not is_error(line)


@pytest.mark.parametrize("piece", ["!", "a", "a.", " ", "\t[", "level", 'level"', "Error", "2026-11-01 10:00:00 ", "é"])
def test_a_long_line_is_no_work(piece: str) -> None:
    began = time.process_time()
    is_error(piece * 1_000_000)
    without_time(piece * 1_000_000)
    assert time.process_time() - began < 0.5
