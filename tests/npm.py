"""Tools that live in the npm registry: fetched once by name, version and checksum, then kept."""

import hashlib
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

KEPT = Path(__file__).parents[1] / ".npm_cache"
# Name and version, the file wanted of the package, sha256 of the package as published.
AXE = (
    "axe-core@4.14.1",
    "package/axe.min.js",
    "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
)
NU = (
    "vnu-jar@26.9.27",
    "package/build/dist/vnu.jar",
    "5970d3ffca91a627cf0965e5d91bb2e4242307c29292998de0b419d6a901b2b7",
)


def fetched(tool: tuple[str, str, str]) -> Path:
    """The wanted file of a package; a test that cannot have it is skipped and says why, not in CI.

    Nothing of the package is run when it is fetched.
    """
    name, wanted, sha256 = tool
    kept = KEPT / name.replace("@", "-") / Path(wanted).name
    if kept.is_file():
        return kept
    try:
        pack = _packed(name)
    except (OSError, subprocess.SubprocessError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{name} could not be fetched with npm: {type(error).__name__}")
    found = hashlib.sha256(pack.read_bytes()).hexdigest()
    assert found == sha256, f"{name} is not the package that was pinned: {found}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}")
    with tarfile.open(pack) as archive:
        source = archive.extractfile(wanted)
        assert source is not None
        part.write_bytes(source.read())
    part.replace(kept)
    pack.unlink()
    return kept


def _packed(name: str) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm")
    target = KEPT / f"pack-{os.getpid()}"
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [npm, "pack", "--ignore-scripts", "--silent", name],
        cwd=target,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return next(target.glob("*.tgz"))
