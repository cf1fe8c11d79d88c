"""Secrets in a change: what is found, what is none, and that no message repeats one."""

import base64
import json
import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.gitops.secrets.search import Hit, found, hidden

LOTS = "".join(f"{chr(97 + at)}{at % 10}{chr(90 - at)}" for at in range(26))  # a1Z...: letters and digits, no word
PEM = "\n".join(LOTS[at : at + 64] for at in (0, 5, 9))


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def jwt(claims: dict[str, object]) -> str:
    parts = (json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps(claims))
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + "." + LOTS[:43]


def hits(text: str, before: str = "") -> list[tuple[int, str]]:
    return [(hit.line, hit.what) for hit in found({"a.yaml": text}, {"a.yaml": before})]


def key(kind: str = "RSA ") -> str:
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{PEM}\n-----END {kind}PRIVATE KEY-----\n"


SECRETS = {
    "AKIA" + "Q3EGRZ5JX7KN2LMP": "an AWS access key",
    "ghp_" + LOTS[:36]: "a GitHub token",
    "github_pat_" + LOTS[:22] + "_" + (LOTS + LOTS)[3:62]: "a GitHub token",
    "glpat-" + LOTS[:20]: "a GitLab token",
    "xoxb-" + "8429017365-" + LOTS[:24]: "a Slack token",
    "https://hooks.slack.com/services/" + "T0A1B2C3D/B4E5F6G7H/" + LOTS[:24]: "a Slack webhook",
    "AIza" + LOTS[:35]: "a Google API key",
    "sk_live_" + LOTS[:24]: "a Stripe key",
    "npm_" + LOTS[:36]: "an npm token",
    "pypi-AgEIcHlwaS5vcmc" + LOTS[:70]: "a PyPI token",
    "dckr_pat_" + LOTS[:27]: "a Docker Hub token",
    "hvs." + LOTS[:24]: "a Vault token",
    "AGE-SECRET-KEY-1" + (LOTS.upper() + LOTS.upper())[:58]: "a private age key",
    jwt({"sub": "1"}): "a JSON Web Token",
    jwt({"iss": "argocd", "sub": "admin:login"}): "an Argo CD token",
    "postgres://shop:" + LOTS[:12] + "@db:5432/shop": "a URL with a password",
    packed(key())[:200]: "a private key",
    key(): "a private key",
    key("OPENSSH "): "a private key",
    json.dumps(key("")): "a private key",
}


@pytest.mark.parametrize(("secret", "what"), SECRETS.items(), ids=range(len(SECRETS)))
@pytest.mark.parametrize("frame", ["{}", "  note: {}  # a comment\n", "see ({}).\n", "x\ny=[{}]\n"])
def test_a_published_shape_is_found_anywhere(frame: str, secret: str, what: str) -> None:
    got = found({"a.yaml": frame.format(secret)}, {})
    assert [hit.what for hit in got] == [what]
    assert got[0].line == frame.split("{}", maxsplit=1)[0].count("\n") + 1
    assert secret[:24] not in str(got)


@pytest.mark.parametrize(
    "line",
    [
        f"password: {LOTS[:12]}",
        f'adminPassword: "{LOTS[:12]}"',
        "password: hunter2024",
        f"  DB_PASSWORD={LOTS[:12]}",
        f"apiKey: '{LOTS[:20]}'",
        f"x-api-key: {LOTS[:20]}",
        f"token: {LOTS[:40].encode().hex()[:40]}",
        f'{{"clientSecret": "{LOTS[:20]}"}}',
        f"- name: DB_PASSWORD\n  value: {LOTS[:12]}",
        f'- name: "github.token"\n\n  value: "{LOTS[:12]}"',
        f'{{"name": "API_KEY", "value": "{LOTS[:12]}"}}',
        f'"auths": {{"registry": {{"auth": "{packed("robot:" + LOTS[:12])}"}}}}',
    ],
)
def test_a_value_under_a_secret_name_is_found(line: str) -> None:
    got = hits(f"# values\n{line}\n")
    assert [at for at, _ in got] == [2]
    assert LOTS[:12] not in str(got)


SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (SECRET + "stringData:\n  user: shop\n  word: ok\n", [(6, "user"), (7, "word")]),
        (SECRET + f"data:\n  word: {packed('letmein')}\n", [(6, "word")]),
        (SECRET + "stringData:\n  blob: |\n    first\n    second\n", [(6, "blob")]),
        (SECRET + f"data:\n  .dockerconfigjson: {packed('{}')}\n", [(6, ".dockerconfigjson")]),
        (f"kind: ConfigMap\n---\n{SECRET}stringData: {{word: ok}}\n", [(7, "word")]),
        (f"a: {{{{ .b }}}}{{\n---\n{SECRET}stringData: {{word: ok}}\n", [(7, "word")]),
        ('{"kind": "Secret",\n "stringData": {"word": "ok"}}', [(2, "word")]),
        ("kind: List\nitems:\n- kind: Secret\n  stringData: {word: ok}\n", [(4, "word")]),
        ("secretGenerator:\n- name: db\n  literals:\n  - word=ok\n", [(4, "word")]),
    ],
)
def test_plain_values_of_a_secret_are_found(text: str, wanted: list[tuple[int, str]]) -> None:
    got = hits(text)
    assert [at for at, _ in got] == [at for at, _ in wanted]
    assert all(name in what for (_, what), (_, name) in zip(got, wanted, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        f"image: shop@sha256:{'3f' * 32}\n",
        f"targetRevision: {'9c1e' * 10}\n",
        f"checksum/secret: {'ab12' * 16}\n",
        f"token: sha256:{'ab12' * 16}\n",
        f"caBundle: {packed('-----BEGIN CERTIFICATE-----' + LOTS)}\n",
        f"-----BEGIN CERTIFICATE-----\n{PEM}\n-----END CERTIFICATE-----\n",
        f"-----BEGIN PUBLIC KEY-----\n{PEM}\n-----END PUBLIC KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n",
        f"kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgBy{LOTS}\n",
        SECRET + f"stringData:\n  word: ENC[AES256_GCM,data:{LOTS[:20]},type:str]\n",
        SECRET
        + "stringData:\n  word: <path:secret/data/db#word>\n  two: ${WORD}\n  three: ''\n  four: '{{ .Values.w }}'\n",
        SECRET + "stringData:\n  word: {{ .Values.word }}\n",
        SECRET + f"data:\n  tls.crt: {packed('-----BEGIN CERTIFICATE-----' + LOTS)}\n",
        SECRET + f"data:\n  word: {packed('CHANGEME')}\n",
        SECRET + "type: Opaque\n",
        SECRET.replace("name: db", "labels: {argocd.argoproj.io/secret-type: repository}")
        + "stringData:\n  type: git\n  url: https://git.example/team/deploy\n  project: shop\n",
        "secretGenerator:\n- name: db\n  files: [word.enc]\n  literals: [word=${WORD}]\n",
        "secretKeyRef: {name: db-credentials, key: password}\n",
        "existingSecret: payments-db2-credentials7a\n",
        "secretName: shop-tls1a2b\n",
        "passwordSecret: pg15a-users-x1y2\n",
        "automountServiceAccountToken: false\ntokenTTL: 3600s\n",
        "- name: TOKEN_PATH\n  value: /var/run/secrets/token1\n",
        "- name: DB_PASSWORD\n  valueFrom: {secretKeyRef: {name: db1, key: password1a2b}}\n",
        "password: $dex.github.clientSecret1\n",
        "password: <your password 123>\n",
        "password: correct-horse-battery\n",
        "secretKey: DB_PASSWORD_2\n",
        "token: ghp_" + "x" * 36 + "\n",
        "accessKey: AKIAIOSFODNN7EXAMPLE\n",
        "postgres://user:password@db/shop and https://$USER:${TOKEN}@git.example/x\n",
        "https://git.example:8443/a@b\n",
        "curl -H 'Authorization: Bearer $ARGOCD_TOKEN1'\n",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert hits(text) == []


ORDINARY = st.sampled_from(["image", "digest", "revision", "uid", "checksum", "tag", "annotation", "clusterID"])
HEX = st.text("0123456789abcdef", min_size=7, max_size=64)


@given(ORDINARY, HEX | st.uuids().map(str) | HEX.map(lambda text: f"sha256:{text}"))
def test_digests_and_ids_are_no_secrets(name: str, value: str) -> None:
    assert hits(f"{name}: {value}\n- name: {name}\n  value: {value}\n") == []


@given(
    st.text(string.ascii_letters + string.digits, min_size=40, max_size=40), st.sampled_from(["password", "API_KEY"])
)
def test_a_random_value_under_a_secret_name_is_found_and_never_told(value: str, name: str) -> None:
    got = hits(f"{name}: {value}\n")
    if len(set(value)) > 8 and any(map(str.isdigit, value)) and any(map(str.isalpha, value)):
        assert [at for at, _ in got] == [1]
    assert value not in str(got)


def test_only_what_is_new_counts() -> None:
    old = f"password: {LOTS[:12]}\n" + key()
    assert hits(f"# moved\n  {old}", old) == []
    assert hits(old + f"token: {LOTS[5:30]}\n", old) == [(7, "a value that looks secret (token)")]
    renamed = found({"old.yaml": None, "new.yaml": old}, {"old.yaml": old})
    assert renamed == []


def test_another_key_under_a_known_first_line_is_new() -> None:
    other = key().replace(PEM, PEM[::-1])
    assert [line for line, _ in hits(key() + other, key())] == [6]


def test_hits_are_in_order_and_one_a_line() -> None:
    token = "ghp_" + LOTS[:36]
    got = found({"b": f"password: {token}\n", "a": f"x\ntoken={token} {token}\n", "gone": None}, {})
    assert got == [Hit("a", 2, "a GitHub token"), Hit("b", 1, "a GitHub token")]


def test_a_large_file_takes_no_time_worth_telling() -> None:
    """Quadratic patterns would run for minutes here."""
    words = [str(uuid.UUID(int=at)) for at in range(3000)]
    assert (
        hits("a" * 400_000) == hits("password" * 20_000) == hits("-----BEGIN " * 20_000) == hits("\n".join(words)) == []
    )


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
@pytest.mark.parametrize("frame", ["{}", "a: 1\npassword: {}\nb: 2\n", "see ({}).\n"])
def test_what_is_hidden_is_nowhere_to_be_read(secret: str, frame: str) -> None:
    shown = hidden(frame.format(secret))
    assert not [part for part in secret.strip().split("\n") if part in shown and not part.startswith("-----")]
    assert len(shown.split("\n")) == len(frame.format(secret).split("\n"))
    assert ("b: 2" in shown) is ("b: 2" in frame)


def test_names_stay_where_values_are_hidden() -> None:
    secret = f"kind: Secret\nstringData:\n  user: joe\n  key: |\n    {LOTS[:30]}=\n  url: change-me\n"
    assert hidden(secret) == (
        "kind: Secret\nstringData:\n  user: ++++++++\n  key: ++++++++\n++++++++\n  url: change-me\n"
    )
    variable = f"env:\n  - name: DB_PASSWORD\n    value: {LOTS[:12]}\n  - name: MODE\n    value: a\n"
    assert hidden(variable) == variable.replace(LOTS[:12], "++++++++")


@given(st.text())
def test_nothing_else_is_hidden(text: str) -> None:
    if not found({"a": text}, {}):
        assert hidden(text) == text
