from __future__ import annotations

from tests.extending.pages import HERE, ORDER, PAGE, page


def test_the_page_shows_every_extension_as_it_is_tested() -> None:
    """`python -m tests.extending.pages` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()
    assert {f"test_{name}.py" for name in ORDER} == {
        path.name for path in HERE.glob("test_*.py") if path.name != "test_page.py"
    }


def test_every_extension_is_short() -> None:
    for name in ORDER:
        lines = (HERE / f"test_{name}.py").read_text(encoding="utf-8").splitlines()
        written = [line for line in lines if line.strip() and not line.startswith(("import", "from", '"""'))]
        assert len(written) <= 30, name
