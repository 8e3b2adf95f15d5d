"""A site's whole files, merged into a release three ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.build.merge import Release, merge_site
from changeover.build.report import Item, Kind, Verdict
from changeover.build.tree import File, Tree

NUMBERS = "".join(f"line {number}\n" for number in range(1, 21))
PATH = "source/soca/a/config.sh"


def file(text: str, *, executable: bool = False) -> File:
    return File(text.encode(), executable)


def tree(text: str = NUMBERS, path: str = PATH, *, executable: bool = False) -> Tree:
    return {path: file(text, executable=executable), "source/soca/a/other.sh": file("other\n")}


def merged(
    site: Tree, vendor: Tree, base: Tree | None = None, others: dict[str, Tree] | None = None
) -> tuple[Tree, Item]:
    result, items = merge_site(
        Release("2.6.2", vendor), Release("2.6.1", base or tree()), site, others or {}
    )
    assert len(items) == 1
    return result, items[0]


def changed(*lines: int, by: str = "site") -> str:
    return "".join(
        f"{by} {number}\n" if number in lines else f"line {number}\n" for number in range(1, 21)
    )


def test_a_file_like_its_base_changes_nothing() -> None:
    vendor = tree(changed(3, by="vendor"))
    result, item = merged({PATH: file(NUMBERS)}, vendor)
    assert (result, item.verdict) == (vendor, Verdict.UPSTREAM)


def test_a_change_beside_an_unchanged_release_is_applied() -> None:
    result, item = merged({PATH: file(changed(3, 9))}, tree())
    assert result[PATH].data.decode() == changed(3, 9)
    assert (item.verdict, item.lines) == (Verdict.APPLIED, "3, 9")


def test_a_change_that_the_release_has_is_already_upstream() -> None:
    vendor = tree(changed(3))
    result, item = merged({PATH: file(changed(3))}, vendor)
    assert (result, item.verdict) == (vendor, Verdict.UPSTREAM)


def test_changes_in_different_places_are_merged_and_both_sides_told() -> None:
    result, item = merged({PATH: file(changed(3))}, tree(changed(15, by="vendor")))
    text = result[PATH].data.decode()
    assert "site 3\n" in text
    assert "vendor 15\n" in text
    assert (item.verdict, item.lines) == (Verdict.CHANGED, "3")
    assert (item.site, item.vendor) == ("lines 3", "lines 15")


def test_a_conflict_says_every_place_and_both_sides() -> None:
    vendor = tree(changed(3, 15, by="vendor"))
    result, item = merged({PATH: file(changed(3, 9, 15))}, vendor)
    assert result == vendor
    assert (item.verdict, item.lines) == (Verdict.BLOCKED, "3, 15")
    assert "2 places" in item.why
    assert "3: site 3" in item.site
    assert "15: vendor 15" in item.vendor


def test_one_conflict_blocks_one_file_only() -> None:
    base = {"a": file(NUMBERS), "b": file(NUMBERS)}
    vendor = {"a": file(changed(3, by="vendor")), "b": file(changed(3, by="vendor"))}
    site = {"a": file(changed(3)), "b": file(changed(9))}
    result, items = merge_site(Release("2", vendor), Release("1", base), site, {})
    assert [item.verdict for item in items] == [Verdict.BLOCKED, Verdict.CHANGED]
    assert "site 9" in result["b"].data.decode()


def test_a_binary_file_that_both_changed_is_blocked() -> None:
    base, vendor = tree("\0one"), tree("\0two")
    assert merged({PATH: file("\0three")}, vendor, base)[1].verdict is Verdict.BLOCKED


def test_a_binary_file_that_only_the_site_changed_is_applied() -> None:
    result, item = merged({PATH: file("\0three")}, tree("\0one"), tree("\0one"))
    assert (result[PATH].data, item.verdict) == (b"\0three", Verdict.APPLIED)


def test_a_new_file_beside_others_is_applied() -> None:
    path = "source/soca/a/ours.sh"
    result, item = merged({path: file("ours\n")}, tree())
    assert (result[path], item.verdict) == (file("ours\n"), Verdict.APPLIED)


def test_a_new_file_in_a_folder_that_is_gone_needs_a_look_and_ships() -> None:
    path = "source/soca/gone/ours.sh"
    result, item = merged({path: file("ours\n")}, tree())
    assert path in result
    assert item.verdict is Verdict.ACTION_NEEDED
    assert "source/soca/gone" in item.why


def test_a_new_file_that_the_release_has_otherwise_is_blocked() -> None:
    vendor = {**tree(), "source/new.sh": file("theirs\n")}
    result, item = merged({"source/new.sh": file("ours\n")}, vendor)
    assert (result, item.verdict) == (vendor, Verdict.BLOCKED)


def test_a_file_that_the_release_gave_up_is_blocked() -> None:
    _, item = merged({PATH: file(changed(3))}, {"source/soca/a/other.sh": file("other\n")})
    assert item.verdict is Verdict.BLOCKED
    assert "no longer has" in item.why


def test_a_moved_file_is_followed_and_told() -> None:
    vendor = tree(changed(15, by="vendor"), "source/soca/b/config.sh")
    result, item = merged({PATH: file(changed(3))}, vendor)
    assert "site 3" in result["source/soca/b/config.sh"].data.decode()
    assert item.verdict is Verdict.CHANGED
    assert (item.name, item.file) == (PATH, "source/soca/b/config.sh")


def test_a_file_in_two_new_places_needs_a_look() -> None:
    """The release may read the other copy."""
    vendor = {
        **tree(NUMBERS, "source/soca/legacy/config.sh"),
        "source/soca/settings/config.sh": file("quite another\n"),
    }
    _, item = merged({PATH: file(changed(3))}, vendor)
    assert item.verdict is Verdict.ACTION_NEEDED
    assert "source/soca/settings/config.sh" in item.why


def test_crlf_is_put_right_and_told() -> None:
    result, item = merged({PATH: file(changed(3).replace("\n", "\r\n"))}, tree())
    assert result[PATH].data.decode() == changed(3)
    assert item.verdict is Verdict.CHANGED
    assert "CRLF" in item.why


def test_where_the_vendor_changed_the_line_ends_the_site_follows() -> None:
    base = tree(NUMBERS.replace("\n", "\r\n"))
    result, item = merged({PATH: file(changed(3).replace("\n", "\r\n"))}, tree(), base)
    assert result[PATH].data.decode() == changed(3)
    assert "CRLF" not in item.why


def test_a_new_script_with_crlf_needs_a_look() -> None:
    path = "source/soca/a/ours.sh"
    result, item = merged({path: file("#!/bin/sh\r\nexit\r\n")}, tree())
    assert result[path].data == b"#!/bin/sh\nexit\n"
    assert item.verdict is Verdict.ACTION_NEEDED


def test_a_byte_order_mark_is_removed() -> None:
    result, item = merged({PATH: File(b"\xef\xbb\xbf" + changed(3).encode())}, tree())
    assert result[PATH].data.decode() == changed(3)
    assert "byte order mark" in item.why


def test_a_lost_right_to_execute_is_kept_and_told() -> None:
    base = tree(executable=True)
    result, item = merged({PATH: file(changed(3))}, base, base)
    assert result[PATH].executable
    assert item.verdict is Verdict.ACTION_NEEDED
    assert "execute" in item.why


def test_a_gained_right_to_execute_is_the_sites_wish() -> None:
    result, item = merged({PATH: file(NUMBERS, executable=True)}, tree())
    assert result[PATH].executable
    assert item.verdict is Verdict.APPLIED


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("source/a.py", "x = 1\n", "x = (\n"),
        ("source/a.yml", "a: 1\n", "a: [\n"),
        ("source/a.json", "{}\n", "{\n"),
    ],
)
def test_a_result_that_does_not_parse_is_blocked(path: str, good: str, bad: str) -> None:
    base = tree(good, path)
    result, item = merged({path: file(bad)}, base, base)
    assert (result, item.verdict) == (base, Verdict.BLOCKED)


def test_what_could_not_be_parsed_before_is_no_fault_of_the_site() -> None:
    base = tree("print 1\n", "source/a.py")
    _, item = merged({"source/a.py": file("print 2\n")}, base, base)
    assert item.verdict is Verdict.APPLIED


def test_files_of_another_release_than_the_base_are_blocked() -> None:
    """Merged, they would take the vendor's later work out again."""
    late = tree(changed(5, 6, 7, 8, by="vendor"))
    result, item = merged({PATH: file(changed(15))}, late, late, {"2.6.1-tag": tree()})
    assert (result, item.verdict) == (late, Verdict.BLOCKED)
    assert "2.6.1-tag" in item.why
    assert "vendor 5" in item.vendor


def test_files_of_the_release_itself_merge_whatever_the_base_says() -> None:
    late = tree(changed(5, 6, 7, 8, by="vendor"))
    text = late[PATH].data.decode().replace("line 15", "site 15")
    result, item = merged({PATH: file(text)}, late, tree(), {"2.6.2": late})
    assert "site 15" in result[PATH].data.decode()
    assert item.verdict is Verdict.CHANGED


@pytest.mark.parametrize(
    "site",
    [file(changed(15).replace("\n", "\r\n")), file("\ufeff" + changed(15)), file(changed(15))],
    ids=["line ends", "byte order mark", "lost mode"],
)
def test_an_editors_traces_do_not_hide_a_wrong_base(site: File) -> None:
    late = tree(changed(5, 6, 7, 8, by="vendor"), executable=True)
    result, item = merged({PATH: site}, late, late, {"2.6.1-tag": tree()})
    assert (result, item.verdict) == (late, Verdict.BLOCKED)
    assert "2.6.1-tag" in item.why


def test_a_wrong_base_shows_in_the_sum_of_files_that_lose_little_each() -> None:
    late = {"a": file(changed(5, by="vendor")), "b": file(changed(7, by="vendor"))}
    site = {path: file(changed(15)) for path in late}
    tag = {path: file(NUMBERS) for path in late}
    release = Release("2.6.1-late", late)
    _, items = merge_site(release, release, site, {"2.6.1-tag": tag})
    (found,) = (item for item in items if item.kind is Kind.ARCHIVE)
    assert (found.name, found.verdict) == ("base", Verdict.BLOCKED)
    assert "made from 2.6.1-tag" in found.why
    assert "vendor 5" in found.vendor
    assert "vendor 7" in found.vendor
    assert "2 lines" in found.why
    assert "line 15" not in found.vendor


def test_a_line_that_another_release_has_too_is_no_wrong_base() -> None:
    late = tree(changed(5, by="vendor"))
    _, item = merged({PATH: file(changed(15))}, late, late, {"2.6.1-tag": tree()})
    assert item.verdict is Verdict.APPLIED


def test_a_copy_that_the_base_had_too_is_no_new_place() -> None:
    other = "source/soca/b/config.sh"
    base = {**tree(), other: file(NUMBERS)}
    vendor = {other: file(NUMBERS)}
    site = {PATH: file(changed(3)), other: file(changed(9))}
    result, items = merge_site(Release("2", vendor), Release("1", base), site, {})
    assert [item.verdict for item in items] == [Verdict.BLOCKED, Verdict.APPLIED]
    assert result == {other: file(changed(9))}


def test_two_files_that_moved_to_one_place_do_not_overwrite_each_other() -> None:
    base = {"a/config.sh": file(NUMBERS), "b/config.sh": file(NUMBERS)}
    site = {"a/config.sh": file(changed(3)), "b/config.sh": file(changed(9))}
    vendor = {"c/config.sh": file(NUMBERS)}
    result, items = merge_site(Release("2", vendor), Release("1", base), site, {})
    assert [item.verdict for item in items] == [Verdict.CHANGED, Verdict.BLOCKED]
    assert "a/config.sh" in items[1].why
    assert result == {"c/config.sh": file(changed(3))}


def test_where_the_vendor_took_the_right_to_execute_too_nothing_is_told() -> None:
    result, item = merged({PATH: file(changed(3))}, tree(), tree(executable=True))
    assert not result[PATH].executable
    assert item.verdict is Verdict.APPLIED


@pytest.mark.parametrize(
    "data", [b"x = 1\0\n", "x = 1\n".encode("utf-16"), b"# \xe4\n", b"x=" + b"-" * 99999 + b"1\n"]
)
def test_python_that_became_unreadable_is_blocked(data: bytes) -> None:
    base = tree("x = 0\n", "source/a.py")
    result, item = merged({"source/a.py": File(data)}, base, base)
    assert (result, item.verdict) == (base, Verdict.BLOCKED)


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\f\n", "d\r\n"]), max_size=12)


@given(LINES, LINES)
def test_an_unmodified_site_gives_the_release(base: list[str], vendor: list[str]) -> None:
    site = {PATH: file("".join(base))}
    result, _ = merged(site, tree("".join(vendor)), tree("".join(base)))
    assert result == tree("".join(vendor))


@given(LINES, LINES, LINES)
def test_merging_the_result_again_changes_nothing(
    base: list[str], vendor: list[str], site: list[str]
) -> None:
    releases = tree("".join(vendor), "source/x"), tree("".join(base), "source/x")
    once, _ = merged({"source/x": file("".join(site))}, *releases)
    again, _ = merged({"source/x": once["source/x"]}, releases[0], releases[0])
    assert again == once
