"""House rules over secrets in clear: what is one, what only stands for one, and that no finding repeats it."""

import base64

import pytest

from argocd_gitops_mcp.gitops import documents, rules
from argocd_gitops_mcp.gitops.rules import Config
from tests.unit.gitops.manifests import MARK, application, container, deployment, lines, marked, plain

KUSTOMIZATION, VALUES = "web/kustomization.yaml", "web/values.yaml"
PASSWORD = "semper-fi-1775"
GITHUB = "ghp_" + "aB3dE5gH7jK9mN1pQ2" * 2


def secret(row: str, part: str = "stringData", label: str = "") -> str:
    head = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, labels: {{{label}}}}}\n"
    return f"{head}{part}:\n  username: shop\n  {row}\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def settings(row: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  {row}\n"


def variable(name: str, value: str) -> str:
    return deployment(container("env:", f"  - name: {name}", f"    value: {value}"))


def parameter(name: str, value: str) -> str:
    return plain(f"\n  repoURL: u\n  helm:\n    parameters:\n      - name: {name}\n        value: {value}")


BAD = [
    ("plain-secret", "a.yaml", secret(f"password: {PASSWORD}  {MARK}")),
    ("plain-secret", "a.yaml", secret(f"password: {encoded(PASSWORD)}  {MARK}", "data")),
    ("plain-secret", "a.yaml", secret(f"tls.key: {encoded('bytes of a key')}  {MARK}", "data")),
    (
        "plain-secret",
        "a.yaml",
        secret(f"password: {PASSWORD}  {MARK}", label="argocd.argoproj.io/secret-type: repository"),
    ),
    (
        "plain-secret",
        KUSTOMIZATION,
        f"secretGenerator:\n  - name: s\n    literals:\n      - password={PASSWORD}  {MARK}",
    ),
    ("plain-credential", "a.yaml", settings(f"DATABASE_PASSWORD: {PASSWORD}  {MARK}")),
    ("plain-credential", "a.yaml", settings(f"notes: use {GITHUB} for now  {MARK}")),
    ("plain-credential", "a.yaml", variable("JWT_SECRET", f"{PASSWORD}  {MARK}")),
    ("plain-credential", "a.yaml", variable("adminPassword", f"admin  {MARK}")),
    ("plain-credential", "a.yaml", parameter("auth.postgresPassword", f"{PASSWORD}  {MARK}")),
    (
        "plain-credential",
        "a.yaml",
        plain(f"\n  repoURL: u\n  helm:\n    valuesObject:\n      auth:\n        apiKey: {PASSWORD}  {MARK}"),
    ),
    (
        "plain-credential",
        "a.yaml",
        plain(f"\n  repoURL: u\n  helm:\n    values: |  {MARK}\n      auth: {{password: {PASSWORD}}}"),
    ),
    (
        "plain-credential",
        "a.yaml",
        plain(f"\n  repoURL: u\n  plugin:\n    env:\n      - name: TOKEN\n        value: {PASSWORD}  {MARK}"),
    ),
    ("plain-credential", VALUES, f"auth:\n  password: {PASSWORD}  {MARK}"),
    ("plain-credential", VALUES, f"env:\n  - name: DB_PASSWORD\n    value: {PASSWORD}  {MARK}"),
    (
        "plain-credential",
        KUSTOMIZATION,
        f"configMapGenerator:\n  - name: c\n    literals:\n      - API_TOKEN={PASSWORD}  {MARK}",
    ),
    ("plain-credential", "a.yaml", application(f"key: {GITHUB}  {MARK}")),
    (
        "credentials-in-url",
        "a.yaml",
        plain(f"\n  path: a\n  repoURL: https://bot:{PASSWORD}@git.example.com/a.git  {MARK}"),
    ),
    ("credentials-in-url", "a.yaml", variable("DATABASE_URL", f"postgres://shop:{PASSWORD}@database/shop  {MARK}")),
]
FINE = [
    ("plain-secret", "a.yaml", secret("password: ''")),
    ("plain-secret", "a.yaml", secret("password: ${PASSWORD}")),
    ("plain-secret", "a.yaml", secret("password: '{{ .Values.password }}'")),
    ("plain-secret", "a.yaml", secret("password: <path:secret/data/shop#password>")),
    ("plain-secret", "a.yaml", secret(f"password: {encoded('<path:secret/data/shop#password>')}", "data")),
    ("plain-secret", "a.yaml", secret(f"ca.crt: {encoded('a certificate')}", "data")),
    ("plain-secret", "a.yaml", secret(f"password: {PASSWORD}") + "sops: {mac: 'ENC[x]', version: 3.9.4}\n"),
    (
        "plain-secret",
        "a.yaml",
        secret("url: https://git.example.com", label="argocd.argoproj.io/secret-type: repository"),
    ),
    ("plain-secret", "a.yaml", secret(f"password: {PASSWORD}").replace("v1", "example.com/v1", 1)),
    ("plain-secret", KUSTOMIZATION, "secretGenerator:\n  - name: s\n    literals: ['password=']\n    envs: [s.env]"),
    ("plain-credential", "a.yaml", secret(f"password: {GITHUB}")),  # plain-secret says so
    ("plain-credential", "a.yaml", settings("PASSWORD_FILE: /run/secrets/x")),
    ("plain-credential", "a.yaml", settings("PASSWORD: /run/secrets/x")),
    ("plain-credential", "a.yaml", settings("TOKEN: https://login.example.com/token")),
    ("plain-credential", "a.yaml", settings("MAX_TOKEN: '4096'")),
    ("plain-credential", "a.yaml", settings("RESET_PASSWORD: 'true'")),
    ("plain-credential", "a.yaml", settings("PASSWORD: changeme")),
    ("plain-credential", "a.yaml", variable("MYSQL_ALLOW_EMPTY_PASSWORD", '"1"')),
    ("plain-credential", "a.yaml", variable("DB_PASSWORD", "$(OTHER)")),
    ("plain-credential", "a.yaml", variable("PASSWORD_MIN_LENGTH", "'12'")),
    ("plain-credential", "a.yaml", parameter("auth.existingSecret", "web-auth")),
    ("plain-credential", "a.yaml", parameter("global.password", "web-db-password")),  # the name of a Secret
    ("plain-credential", VALUES, "auth: {passwordKey: password, secretName: web-auth, password: '', token: null}"),
    ("plain-credential", "web/other.yaml", f"password: {PASSWORD}"),  # nothing of Kubernetes'
    ("credentials-in-url", "a.yaml", plain("{path: a, repoURL: ssh://git@git.example.com/a.git}")),
    ("credentials-in-url", "a.yaml", plain("{path: a, repoURL: https://org@dev.azure.com/org/a.git}")),
    ("credentials-in-url", "a.yaml", variable("DATABASE_URL", "postgres://shop:$(PASSWORD)@database:5432/shop")),
]


@pytest.mark.parametrize(("rule", "file", "text"), BAD)
def test_it_is_found_at_its_line(rule: str, file: str, text: str) -> None:
    assert marked(text)
    assert lines(rule, text, file) == marked(text)


@pytest.mark.parametrize(("rule", "file", "text"), FINE)
def test_what_only_looks_like_it_is_not(rule: str, file: str, text: str) -> None:
    assert lines(rule, text, file) == []


@pytest.mark.parametrize(("rule", "file", "text"), BAD)
def test_a_finding_never_repeats_the_secret(rule: str, file: str, text: str) -> None:
    found, _ = documents.read(file, text)
    told = repr(rules.check(found, Config()))
    assert rule in told
    for value in (PASSWORD, GITHUB, encoded(PASSWORD)):
        assert value not in told


def test_one_finding_a_secret_is_enough() -> None:
    text = secret(f"password: {PASSWORD}  {MARK}\n  token: {PASSWORD}")
    assert lines("plain-secret", text) == marked(text)
