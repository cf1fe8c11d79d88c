"""Which schemas of a chart Helm may apply, which fetches what they refer to."""

import gzip
import io
import json
import tarfile

import pytest

from argocd_gitops_mcp.gitops.validation import charts
from argocd_gitops_mcp.gitops.validation.charts import unchecked

ELSEWHERE = "http://127.0.0.1:1/a.json"
DRAFT = "http://json-schema.org/draft-07/schema#"


def archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for name, text in files.items():
            about = tarfile.TarInfo(f"redis/{name.replace('_', '.')}")
            about.size = len(text)
            opened.addfile(about, io.BytesIO(text.encode()))
    return packed.getvalue()


@pytest.mark.parametrize(
    "schema",
    [
        {"$schema": DRAFT, "properties": {"a": {"$ref": "#/definitions/a"}}, "definitions": {"a": {"type": "string"}}},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$dynamicRef": "#a"},
        {"properties": {"url": {"default": ELSEWHERE, "$comment": "$ref"}}},
        {},
    ],
)
def test_a_schema_that_refers_to_itself_is_applied(schema: object) -> None:
    assert unchecked("c", {"c/values.schema.json": json.dumps(schema)}) == ""


@pytest.mark.parametrize(
    "schema",
    [
        json.dumps({"properties": {"a": {"allOf": [{"$ref": ELSEWHERE}]}}}),
        json.dumps({"$ref": "file:///etc/passwd"}),
        json.dumps({"$id": ELSEWHERE, "$ref": "b.json"}),
        json.dumps({"$dynamicRef": ELSEWHERE}),
        json.dumps({"$schema": ELSEWHERE}),
        json.dumps({"$schema": f"http://json-schema.org.example.com/{DRAFT}"}),
        '{"$ref": "http://127.0.0.1:1/", "$ref": "#"}',
        '{"\\u0024ref": "http://127.0.0.1:1/"}',
        "[" * 100_000,
        "{",
        b"\xff",
    ],
)
@pytest.mark.parametrize("file", ["c/values.schema.json", "c/charts/redis/charts/x/values.schema.json"])
def test_what_refers_elsewhere_is_not_applied(file: str, schema: str | bytes) -> None:
    assert f"since {file} " in unchecked("c", {"c/Chart.yaml": "name: c", file: schema})
    assert unchecked("d", {file: schema}) == ""
    assert f"since {file} " in unchecked("", {file: schema})


def test_schemas_in_archives_are_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    file = "c/charts/redis-1.0.0.tgz"
    assert unchecked("c", {file: archive(Chart_yaml="name: redis")}) == ""
    assert f"since {file} " in unchecked("c", {file: archive(values_schema_json="{}")})
    assert f"since {file} " in unchecked("c", {file: "no archive"})
    assert f"since {file} " in unchecked("c", {file: archive(Chart_yaml="name: redis")[:40]})
    assert f"since {file} " in unchecked("c", {file: gzip.compress(b"a") + archive(values_schema_json="{}")})
    monkeypatch.setattr(charts, "_MOST", 100)
    assert f"since {file} " in unchecked("c", {file: archive(Chart_yaml="name: redis")})
