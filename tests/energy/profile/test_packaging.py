from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from neuroff.energy import list_profiles, load_profile

ROOT = Path(__file__).parents[3]
PROGRAM = """
import json, sys
sys.path[:0] = sys.argv[1:]
import neuroff
from neuroff.energy import list_profiles, load_profile
print(json.dumps([neuroff.__file__, {name: load_profile(name).sha256() for name in list_profiles()}]))
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder holding ``wheel`` and ``editable``, each unpacked as an installer would do."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("build")
    for kind, target in (("wheel", "wheel:standard"), ("editable", "wheel:editable")):
        dist = folder / f"{kind}-dist"
        command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(dist)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (archive,) = dist.glob("*.whl")
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder / kind)
    return folder


def digests(paths: list[Path], cwd: Path) -> tuple[Path, dict[str, str]]:
    command = [sys.executable, "-I", "-c", PROGRAM, *map(str, paths)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    file, by_name = json.loads(done.stdout)
    return Path(file), by_name


def expected() -> dict[str, str]:
    return {name: load_profile(name).sha256() for name in list_profiles()}


def test_a_wheel_holds_the_profiles_and_finds_them(build: Path, tmp_path: Path) -> None:
    wheel = build / "wheel"
    assert not (wheel / "hardware_profiles").exists()
    file, by_name = digests([wheel], tmp_path)
    assert file.is_relative_to(wheel)
    assert by_name == expected()


def test_an_editable_install_finds_the_profiles_of_the_checkout(build: Path, tmp_path: Path) -> None:
    (pth,) = (build / "editable").glob("*.pth")
    source = Path(pth.read_text().strip())
    assert source == ROOT
    file, by_name = digests([build / "editable", source], tmp_path)
    assert file.is_relative_to(ROOT)
    assert by_name == expected()


def test_the_description_of_a_wheel_stands_alone(build: Path) -> None:
    """PyPI has no file beside it: no link and no image without an address."""
    (metadata,) = (build / "wheel").glob("*.dist-info/METADATA")
    text = metadata.read_text(encoding="utf-8")
    assert "Description-Content-Type: text/markdown" in text
    assert "# neuroff" in text
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert links
    assert [link for link in links if not link.startswith("https://")] == []
    assert "`docs/asking.md`" in text
    assert "lie in the source archive" in text


def test_a_wheel_holds_what_pages_are_made_of(build: Path) -> None:
    templates = {path.name for path in (build / "wheel" / "neuroff" / "report" / "templates").iterdir()}
    there = {path.name for path in (ROOT / "neuroff" / "report" / "templates").iterdir()}
    assert templates == there
    assert {"page.js", "page.css", "page.html.j2"} <= there


HEAVY = {"torch", "matplotlib", "scipy", "sklearn", "rich", "typer", "snntorch", "norse"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "neuroff" / "energy").rglob("*.py")), ids=lambda path: path.name
)
def test_the_energy_package_imports_only_numbers_and_schema(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert not {name.partition(".")[0] for name in imported} & HEAVY
    inside = {name for name in imported if name.startswith("neuroff")}
    light = ("neuroff.checks", "neuroff.choices", "neuroff.decimals", "neuroff.energy", "neuroff.errors")
    assert all(name.startswith(light) for name in inside)
