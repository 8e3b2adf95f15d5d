"""The build's code as a zip archive, from the layers of the function that starts the build."""

import io
import zipfile
from importlib.util import find_spec
from pathlib import Path

# Not imported here: CodeBuild runs them, with no package index and no packages of its image.
_PACKAGES = ("changeover.build", "merge3", "yaml")
# The zip format knows no earlier date. A fixed one keeps the bytes the same.
_DATE = (1980, 1, 1, 0, 0, 0)


def build_code() -> bytes:
    """Return the Python sources that a build needs. The same code gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(_sources().items()):
            archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _sources() -> dict[str, bytes]:
    found = {"changeover/__init__.py": b""}
    for package in _PACKAGES:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(f"{package} is in no layer of this function")
        folder = Path(spec.submodule_search_locations[0])
        for path in folder.rglob("*.py"):
            name = path.relative_to(folder).as_posix()
            found[f"{package.replace('.', '/')}/{name}"] = path.read_bytes()
    return found
