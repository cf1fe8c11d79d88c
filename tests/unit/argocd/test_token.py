"""What a token says of itself."""

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd import token


def jwt(**claims: Any) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{middle}.c2ln"


def test_claims_are_read_whatever_the_padding() -> None:
    for name in ("a", "ab", "abc", "abcd"):
        known = token.claims(jwt(sub=name, iss="argocd"))
        assert known is not None
        assert (known.sub, known.iss) == (name, "argocd")


@given(st.text())
def test_anything_may_be_taken_for_a_token(text: str) -> None:
    assert token.claims(text) is None or text.count(".") == 2
    token.expired_at(text)


@given(
    st.dictionaries(
        st.sampled_from(["iss", "sub", "jti", "iat", "exp"]),
        st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.none(),
    )
)
def test_claims_of_the_wrong_type_or_size_harm_nobody(said: dict[str, Any]) -> None:
    bearer = jwt(**said)
    token.claims(bearer)
    token.expired_at(bearer)


def test_expiry() -> None:
    assert token.expired_at(jwt(exp=0)) == "1970-01-01T00:00:00Z"
    assert token.expired_at(jwt(exp=4_000_000_000)) is None
    assert token.expired_at(jwt(sub="never ends")) is None
    assert token.expired_at("an opaque token") is None
    assert token.expired_at(jwt(exp=-1e300)) == "1970-01-01T00:00:00Z"
