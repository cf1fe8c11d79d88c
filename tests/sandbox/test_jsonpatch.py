"""PATCH of patchType json: operations, the dialect of Argo CD's library, and its refusals."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import Client

APPS = "/api/v1/applications"
OPTIONS = "/spec/syncPolicy/syncOptions"


def patch(client: Client, name: str, *operations: Any, text: str | None = None, kind: str = "json") -> tuple[int, Any]:
    body = {"patch": json.dumps(operations) if text is None else text, "patchType": kind}
    return client("PATCH", f"{APPS}/{name}", body)


def test_operations(client: Client, new_app: str) -> None:
    status, app = patch(
        client,
        new_app,
        {"op": "add", "path": "/metadata/labels", "value": {"team": "web"}},
        {"op": "add", "path": "/metadata/labels/example.com~1tier", "value": "front"},
        {"op": "copy", "from": "/metadata/labels/team", "path": "/metadata/labels/owner"},
        {"op": "move", "from": "/metadata/labels/team", "path": "/metadata/labels/squad"},
        {"op": "add", "path": f"{OPTIONS}/-", "value": "PruneLast=true"},
        {"op": "add", "path": f"{OPTIONS}/0", "value": "Validate=false"},
        {"op": "remove", "path": f"{OPTIONS}/1"},
        {"op": "replace", "path": "/spec/source/targetRevision", "value": "HEAD"},
    )
    assert status == 200
    assert app["metadata"]["labels"] == {"example.com/tier": "front", "owner": "web", "squad": "web"}
    assert app["spec"]["syncPolicy"]["syncOptions"] == ["Validate=false", "PruneLast=true"]
    assert client.app(new_app)["spec"]["source"]["targetRevision"] == "HEAD"


@pytest.mark.parametrize("path", ["/spec", "/metadata/resourceVersion", "/metadata/name", "/status/sync/status"])
def test_what_is_tested_must_be_equal(client: Client, new_app: str, path: str) -> None:
    value: Any = client.app(new_app)
    for part in path[1:].split("/"):
        value = value[part]
    label = {"op": "add", "path": "/metadata/labels", "value": {"tested": "yes"}}
    other = {**value, "info": []} if isinstance(value, dict) else f"{value}0"
    status, answer = patch(client, new_app, {"op": "test", "path": path, "value": other}, label)
    said = f"error applying patch: testing value {path} failed: test failed"
    assert (status, answer["code"], answer["message"]) == (500, 2, said)
    assert "labels" not in client.app(new_app)["metadata"]
    same = json.loads(json.dumps(value, sort_keys=True))
    assert patch(client, new_app, {"op": "test", "path": path, "value": same}, label)[0] == 200
    assert client.app(new_app)["metadata"]["labels"] == {"tested": "yes"}


def test_what_is_missing_counts_as_null(client: Client, new_app: str) -> None:
    for path in ("/metadata/labels", "/spec/sources", "/operation"):
        assert patch(client, new_app, {"op": "test", "path": path, "value": None})[0] == 200
        assert patch(client, new_app, {"op": "test", "path": path, "value": {}})[0] == 500
    below = {"op": "test", "path": "/metadata/labels/team", "value": None}
    assert patch(client, new_app, below)[1]["message"] == (
        "error applying patch: test operation does not apply: is missing path: /metadata/labels/team: missing value"
    )


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (
            {"op": "replace", "path": "/spec/a/b", "value": 1},
            "replace operation does not apply: doc is missing path: /spec/a/b",
        ),
        (
            {"op": "add", "path": "/metadata/labels/x", "value": "y"},
            'add operation does not apply: doc is missing path: "/metadata/labels/x"',
        ),
        (
            {"op": "remove", "path": "/spec/nope"},
            "error in remove for path: '/spec/nope': Unable to remove nonexistent key: nope",
        ),
        ({"op": "remove", "path": "/a/b"}, 'remove operation does not apply: doc is missing path: "/a/b"'),
        (
            {"op": "replace", "path": f"{OPTIONS}/x", "value": ""},
            f"replace operation does not apply: doc is missing key: {OPTIONS}/x",
        ),
        (
            {"op": "move", "from": "/spec/nope", "path": "/spec/info"},
            "error in move for path: 'nope': Unable to remove nonexistent key: nope",
        ),
        ({"op": "add", "value": 1}, "add operation failed to decode path"),
    ],
)
def test_missing_paths(client: Client, new_app: str, operation: Any, text: str) -> None:
    status, answer = patch(client, new_app, operation)
    assert (status, answer["code"], answer["message"]) == (500, 2, f"error applying patch: {text}: missing value")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "error decoding json patch: invalid character 'o' in literal null (expecting 'u')"),
        ("", "error decoding json patch: unexpected end of JSON input"),
        (
            '{"op": "add"}',
            "error decoding json patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
        ),
        ('["x"]', "error decoding json patch: json: cannot unmarshal string into Patch.0 of type jsonpatch.Operation"),
        ('[{"op": "frob", "path": "/spec"}]', "error applying patch: Unexpected kind: frob"),
        ('[{"path": "/spec"}]', "error applying patch: Unexpected kind: unknown"),
        (
            f'[{{"op": "add", "path": "{OPTIONS}/9", "value": ""}}]',
            (
                f"error applying patch: error in add for path: '{OPTIONS}/9': "
                "Unable to access invalid index: 9: invalid index referenced"
            ),
        ),
        (
            '[{"op": "replace", "path": "/spec/source/path", "value": 5}]',
            (
                "error unmarshaling patched app: json: cannot unmarshal number into "
                "Go struct field Application.spec.source.path of type string"
            ),
        ),
    ],
)
def test_what_is_no_patch(client: Client, new_app: str, text: str, said: str) -> None:
    status, answer = patch(client, new_app, text=text)
    assert (status, answer["code"], answer["message"]) == (500, 2, said)


def test_kinds_of_patch(client: Client, new_app: str, as_account: Callable[[str], Client]) -> None:
    assert patch(client, new_app, kind="")[0] == 200
    status, answer = patch(client, new_app, kind="JSON")
    assert (status, answer["code"], answer["message"]) == (400, 3, "Patch type 'JSON' is not supported")
    status, answer = patch(as_account("reader"), new_app, text="not json")
    assert answer["message"].startswith(f"permission denied: applications, update, default/{new_app}, sub: reader")
    missing = {"op": "replace", "path": "/spec/nothing", "value": 1}
    assert "nothing" not in patch(client, new_app, missing)[1]["spec"]
    bad = {"op": "replace", "path": "/spec/source/path", "value": "nowhere"}
    status, answer = patch(client, new_app, bad)
    assert (status, answer["code"]) == (400, 3)
    assert "nowhere: app path does not exist" in answer["message"]
