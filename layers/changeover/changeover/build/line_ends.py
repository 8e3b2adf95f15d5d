"""Line ends and byte order marks that editors on other systems leave in text files."""

from changeover.build.tree import File

_BOM = b"\xef\xbb\xbf"
_SCRIPTS = (".sh", ".py", ".template", ".yml", ".yaml", ".json", ".cfg", ".conf", ".csh", ".pl")


def text_of(file: File | None) -> str | None:
    """Return a file's text, or None if it is binary: it has a NUL byte or is not UTF-8."""
    if file is None or b"\0" in file.data:
        return None
    try:
        return file.data.decode()
    except UnicodeDecodeError:
        return None


def as_the_release_has_it(name: str, site: File, model: File | None) -> tuple[File, list[str]]:
    """Return the file with the line ends of `model`, and sentences about what changed.

    A byte order mark goes if the model has none. Without a model, scripts get LF: a CR at a line's
    end breaks them.
    """
    data, told = site.data, []
    if text_of(site) is None:
        return site, []
    if data.startswith(_BOM) and not (model and model.data.startswith(_BOM)):
        data = data.removeprefix(_BOM)
        told.append("a byte order mark was removed")
    if b"\r\n" in data and _wants_lf(name, data, model):
        data = data.replace(b"\r\n", b"\n")
        told.append("line ends CRLF were changed to LF")
    return File(data, site.executable), told


def _wants_lf(name: str, data: bytes, model: File | None) -> bool:
    if model is not None:
        return b"\r\n" not in model.data
    return data.startswith(b"#!") or name.endswith(_SCRIPTS)
