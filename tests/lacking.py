"""What this machine lacks (no Chromium, no PDF component), and the tests that are left out for it: counted and said, never silent."""

import os
import shutil
import sys

import pytest

from config.health import missing_pdf_libraries
from config.runner.bootstrap import BROWSER_LIBRARIES, BROWSERS, loads

NO_PDF = "PDF component missing"


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def _no_browser() -> str:
    absent = [] if chromium() else ["Chromium"]
    return ", ".join(absent + [package for library, package in BROWSER_LIBRARIES.items() if not loads(library)])


class _NoPdf:
    """`import weasyprint` ends the test that comes so far: everything before it was tested, the rest cannot be."""

    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            pytest.skip(NO_PDF)


def pytest_configure(config) -> None:
    config.addinivalue_line("markers", "pdf: prints in another thread or process, where _NoPdf does not end the test")
    config.addinivalue_line("markers", "browser: drives a real browser (Chromium) against the live server")
    if missing_pdf_libraries():
        sys.meta_path.insert(0, _NoPdf())


def pytest_collection_modifyitems(config, items) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    lacking = {"browser": bool(_no_browser()), "pdf": bool(missing_pdf_libraries())}
    left_out = [item for item in items if any(lacking[mark.name] for mark in item.iter_markers() if mark.name in lacking)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter) -> None:
    if absent := _no_browser():
        terminalreporter.write_line(
            f"未执行浏览器测试：缺少 {absent} / the browser tests were left out: no {absent}", yellow=True
        )
    if libraries := missing_pdf_libraries():
        stopped = sum(NO_PDF in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
        terminalreporter.write_line(
            f"{stopped} 个测试因缺少 PDF 组件（{', '.join(libraries)}）没有做完，另有标记 pdf 的没有做 / {stopped} tests ended early and those marked pdf were left out: no PDF component",
            yellow=True,
        )
