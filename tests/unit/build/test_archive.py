"""What an archive may hold, and what each bad one is told."""

import gzip
import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.build import archive as limits
from changeover.build.archive import BadArchive, read_archive
from changeover.build.site_archive import Base, site_parts
from changeover.build.tree import File
from changeover.build.vendor_archive import vendor_tree
from tests.support.archives import member, packed, packed_members, tarred

GOOD = {"source/a.sh": File(b"a\n", executable=True), "source/b": File(b"b\n")}


def refusal(data: bytes, *, tidy: bool = False) -> str:
    with pytest.raises(BadArchive) as refused:
        read_archive(data, "vendor/2.6.1.tar.gz", tidy=tidy)
    return str(refused.value)


def zipped_with_gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("source/a"), "a")
    return content.getvalue()


def test_files_and_the_right_to_execute_them_are_read() -> None:
    found = read_archive(packed(GOOD), "x")
    assert found.tree == GOOD
    assert len(found.sha256) == 64


def test_names_as_tar_writes_them_for_a_folder_are_read() -> None:
    folder = member("./", kind=tarfile.DIRTYPE)
    data = packed_members([folder, member("./source/b", b"b\n")])
    assert set(read_archive(data, "x").tree) == {"source/b"}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_every_form_of_tar_is_read(form: int) -> None:
    content, name = io.BytesIO(), f"source/{'d' * 90}/{'f' * 90}"
    with tarfile.open(fileobj=content, mode="w:gz", format=form) as tar:
        info, data = member(name, b"x")
        tar.addfile(info, io.BytesIO(data))
    assert set(read_archive(content.getvalue(), "x").tree) == {name}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../../x", ".."),
        ("source/../../x", ".."),
        ("/etc/motd", "absolute"),
        (".git/config", "git repository"),
        ("source/lib/.git/HEAD", "git repository"),
        ("source/.GIT/HEAD", "git repository"),
        ("source\\a", "backslash"),
        ("source/a\nb", "control characters"),
        ("source/a\x1b[1m", "control characters"),
        ("source/caf\udce9", "not UTF-8"),
        ("source/" + "n" * 256, "too long"),
        ("d/" * 600 + "x", "too long"),
    ],
)
def test_a_bad_name_is_refused_in_its_own_words(name: str, told: str) -> None:
    info, data = member("placeholder", b"x")
    info.name = name
    said = refusal(packed_members([member("source/ok", b"x"), (info, data)]))
    assert told in said
    assert said.startswith("vendor/2.6.1.tar.gz is refused: ")


@pytest.mark.parametrize(
    ("kind", "link", "told"),
    [
        (tarfile.SYMTYPE, "/etc/passwd", "symbolic link"),
        (tarfile.SYMTYPE, "ok", "symbolic link"),
        (tarfile.LNKTYPE, "source/ok", "hard link"),
        (tarfile.CHRTYPE, "", "device"),
        (tarfile.BLKTYPE, "", "device"),
        (tarfile.FIFOTYPE, "", "named pipe"),
        (b"Z", "", "unknown kind"),
    ],
)
def test_only_regular_files_are_taken(kind: bytes, link: str, told: str) -> None:
    data = packed_members([member("source/ok", b"x"), member("source/l", kind=kind, link=link)])
    assert told in refusal(data) or "damaged" in refusal(data)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a/File", "a/file"], "differs only in form"),
        (["a/caf\u00e9", "a/cafe\u0301"], "differs only in form"),
        (["a/x", "a/x"], "is there twice"),
        (["a", "a/x"], "both a file and a folder"),
    ],
)
def test_names_that_clash_are_refused(names: list[str], told: str) -> None:
    assert told in refusal(packed_members([member(name, b"x") for name in names]))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"hello", "not packed with gzip"),
        (zipped(), "zip archive"),
        (packed(GOOD)[:-20], "damaged or truncated"),
        (packed(GOOD) + b"junk", "damaged or truncated"),
        (zipped_with_gzip(b"hello"), "damaged"),
        (zipped_with_gzip(b""), "damaged"),
        (packed({}), "has no files"),
        (zipped_with_gzip(tarred([member("a", b"x" * 2000)])[:1024]), "damaged"),
        (zipped_with_gzip(tarred([member("a", b"x")])[:1024]), "truncated"),
        (zipped_with_gzip(tarred([member("a", b"x")]) + b"more"), "follows its end"),
    ],
)
def test_a_damaged_archive_is_refused_in_its_own_words(data: bytes, told: str) -> None:
    assert told in refusal(data)


def test_a_damaged_header_does_not_hide_the_files_after_it() -> None:
    tar = bytearray(tarred([member("a", b"x"), member("b", b"x")]))
    tar[1024] ^= 0xFF
    assert "damaged" in refusal(zipped_with_gzip(bytes(tar)))


def test_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(limits, "MOST_FILES", 10)
    assert "unpacks to more than 1 MiB" in refusal(packed({"a": b"0" * (2 << 20)}))
    many = {f"f{number}": b"" for number in range(11)}
    assert "more than 10 files" in refusal(packed(many))
    monkeypatch.setattr(limits, "MOST_PACKED", 10)
    assert "more than 0 MiB" in refusal(packed(GOOD))


def test_many_faults_are_told_together_and_counted() -> None:
    said = refusal(packed({f"../{number}": b"" for number in range(15)}))
    assert said.count("leads out") == 10
    assert "and 1 more" in said


@pytest.mark.parametrize(
    "name",
    ["source/._a", "source/.DS_Store", "__MACOSX/source/a", "source/a.sh~", "source/.a.sh.swp"],
)
def test_what_a_system_or_an_editor_left_behind_is_left_out_and_told(name: str) -> None:
    found = read_archive(packed({**GOOD, name: b"x"}), "x", tidy=True)
    assert (found.tree, found.left_out) == (GOOD, (name,))
    assert name in read_archive(packed({**GOOD, name: b"x"}), "x").tree


KINDS = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
NAMES = st.sampled_from(["/a", "../a", "a/../b", ".git/a", "a\\b", "a\x00b", "a\x7f", "a//b/./c"])


@given(st.one_of(NAMES.map(lambda name: (name, tarfile.REGTYPE)),
                 st.sampled_from(KINDS).map(lambda kind: ("a/b", kind))))  # fmt: skip
def test_a_bad_member_among_good_ones_refuses_the_archive(bad: tuple[str, bytes]) -> None:
    name, kind = bad
    info, data = member("placeholder", b"", kind=kind, link="x")
    info.name = name.replace("\x00", "\x01")
    refusal(packed_members([member("source/ok", b"x"), (info, data)]))


@given(st.dictionaries(st.sampled_from(["a/b", "a/c", "d", "e/f/g"]), st.binary(), min_size=1))
def test_what_is_packed_is_read(files: dict[str, bytes]) -> None:
    assert {n: f.data for n, f in read_archive(packed(files), "x").tree.items()} == files


RELEASE = {"source/manual_build.py": b"", "source/soca/a": b"a", "README.md": b""}


@pytest.mark.parametrize("top", ["", "scale-out-computing-on-aws-2.6.1/", "a/b/"])
def test_a_release_is_found_wherever_it_begins(top: str) -> None:
    found = vendor_tree(read_archive(packed(RELEASE, top), "x"))
    assert found.keys() == RELEASE.keys()


def test_an_archive_without_a_release_is_refused() -> None:
    with pytest.raises(BadArchive, match="no release of SOCA"):
        vendor_tree(read_archive(packed({"src/a": b""}), "x"))


def test_an_archive_with_two_releases_is_refused() -> None:
    two = {f"{top}{name}": data for top in ("a/", "b/") for name, data in RELEASE.items()}
    with pytest.raises(BadArchive, match="several releases: a/, b/"):
        vendor_tree(read_archive(packed(two), "x"))


def site(files: dict[str, bytes], top: str = "") -> bytes:
    return packed(files, top)


@pytest.mark.parametrize("top", ["", "ours/"])
def test_a_sites_archive_is_sorted(top: str) -> None:
    data = site(
        {
            "base": b"2.6.1\n",
            "intents.yaml": b"intents: []\n",
            "source/a": b"a",
            "files/hook.py": b"h",
            "README.md": b"ours",
        },
        top,
    )
    parts = site_parts(read_archive(data, "x"))
    assert parts.base == Base("2.6.1")
    assert parts.intents == b"intents: []\n"
    assert set(parts.whole_files) == {"source/a"}
    assert set(parts.own_files) == {"hook.py"}
    assert parts.left_out == ("README.md",)


def test_intents_alone_need_no_base() -> None:
    parts = site_parts(read_archive(site({"intents.yaml": b"intents: []"}), "x"))
    assert parts.base is None


@pytest.mark.parametrize(
    ("base", "release", "sha256"),
    [
        (b"2.6.1", "2.6.1", ""),
        (b"\xef\xbb\xbf2.6.1-late\r\n", "2.6.1-late", ""),
        (b" 2.6.1  " + b"a" * 64 + b"\n", "2.6.1", "a" * 64),
    ],
)
def test_a_base_is_read(base: bytes, release: str, sha256: str) -> None:
    parts = site_parts(read_archive(site({"base": base, "source/a": b""}), "x"))
    assert parts.base == Base(release, sha256)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"source/a": b""}, "no file base"),
        ({"base": b"2.6.1"}, "neither whole files nor"),
        ({"base": b"", "source/a": b""}, "says ''"),
        ({"base": b"2.6.1.tar.gz", "source/a": b""}, "2.6.1.tar.gz"),
        ({"base": b"2.6.1 abc", "source/a": b""}, "2.6.1 abc"),
        ({"base": b"2.6.1\n2.6.2", "source/a": b""}, "one line"),
        ({"base": "2.6.1".encode("utf-16"), "source/a": b""}, "UTF-16"),
        ({"base": b"2.6.1" * 300, "source/a": b""}, "1024 bytes"),
        ({"base/x": b"", "source/a": b""}, "base/x"),
        ({"base": b"2.6.1", "soca/a": b"", "source/a": b""}, "soca/a"),
        ({"base": b"2.6.1", "source/a": b"", "templates/b": b""}, "templates/b"),
    ],
)
def test_an_odd_site_archive_is_refused(files: dict[str, bytes], told: str) -> None:
    with pytest.raises(BadArchive) as refused:
        site_parts(read_archive(site(files), "customizations/lab.tar.gz"))
    assert told in str(refused.value)
    assert "customizations/lab.tar.gz" in str(refused.value)
