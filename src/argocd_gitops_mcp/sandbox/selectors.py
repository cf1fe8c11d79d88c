"""Kubernetes label selectors."""

import re
from collections.abc import Callable

Matcher = Callable[[dict[str, str]], bool]
REQUIREMENT = re.compile(
    r"\s*(?:(?P<absent>!)?(?P<bare>[\w./-]+)|(?P<key>[\w./-]+)\s*(?:(?P<op>==|=|!=)\s*(?P<value>[\w.-]*)"
    r"|(?P<set>in|notin)\s*\((?P<values>[^)]*)\)))\s*(?:,|$)"
)


def parse(text: str) -> Matcher:
    """A predicate over labels; ValueError if it is not a selector."""
    tests: list[Matcher] = []
    position = 0
    while position < len(text):
        match = REQUIREMENT.match(text, position)
        if match is None:
            found = text[position:].rsplit(maxsplit=1)[-1]
            operators = "in, notin, =, ==, !=, gt, lt"
            raise ValueError(f"unable to parse requirement: found '{found}', expected: {operators}")
        tests.append(_test(match))
        position = match.end()
    return lambda labels: all(test(labels) for test in tests)


def _test(match: re.Match[str]) -> Matcher:
    if bare := match["bare"]:
        wanted = match["absent"] is None
        return lambda labels: (bare in labels) is wanted
    key = match["key"]
    if match["set"]:
        values = {value.strip() for value in match["values"].split(",")}
        positive = match["set"] == "in"
    else:
        values, positive = {match["value"]}, match["op"] != "!="
    if positive:
        return lambda labels: labels.get(key) in values
    return lambda labels: labels.get(key) not in values
