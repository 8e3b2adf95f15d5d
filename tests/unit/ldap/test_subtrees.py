"""What stands below what, as the names say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.ldap.dn import under
from changeover.ldap.subtrees import Subtrees

names = st.lists(st.sampled_from(["ou=a", "ou=b", r"cn=a\,ou=b"]), min_size=1, max_size=5).map(
    ",".join
)


@given(st.sets(names), names)
def test_the_uppermost_is_the_shortest_that_a_name_is_or_is_under(roots, name) -> None:
    above = [root for root in roots if name == root or _is_under(name, root)]
    assert Subtrees(roots).uppermost(name) == min(above, key=len, default="")


def _is_under(name: str, root: str) -> bool:
    return under(name, root) and not name.removesuffix("," + root).endswith("\\")


@pytest.mark.parametrize("name", ["ou=b", "ou=c,ou=b", "uid=mary,ou=a,dc=x"])
def test_a_name_that_only_looks_alike_is_not_below(name: str) -> None:
    assert Subtrees(["ou=a", r"ou=c\,ou=b"]).uppermost(name) == ""
