"""What was accepted is what is imported, whatever stands on the disk by now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from leadline.journeys.kept_code import write_snapshot

SHOW = """
import sys
from pathlib import Path
from leadline.journeys.user_module import forget_modules, import_file
from leadline.journeys.kept_code import KEPT
KEPT.install()
folder = Path(sys.argv[1])
for snapshot in sys.argv[2:]:
    forget_modules(folder)
    KEPT.read(Path(snapshot))
    module = import_file(folder / "journeys" / "visit.py", folder)
    print(module.SAID, module.__file__, module.BESIDE)
"""
VISIT = """
from pages.words import WORD
from pathlib import Path
SAID = WORD
BESIDE = Path(__file__).with_name("beside.txt").read_text()
"""


def show(folder: Path, *snapshots: Path) -> list[str]:
    command = [sys.executable, "-P", "-c", SHOW, str(folder), *map(str, snapshots)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_modules_and_packages_come_from_the_snapshot_and_files_beside_them_from_the_disk(tmp_path: Path) -> None:
    visit, words = tmp_path / "journeys" / "visit.py", tmp_path / "pages" / "words.py"
    package = tmp_path / "pages" / "__init__.py"
    for file, text in ((visit, VISIT), (words, 'WORD = "one"\n'), (package, "")):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    visit.with_name("beside.txt").write_text("beside")
    first, second = tmp_path / "first.msgpack", tmp_path / "second.msgpack"
    write_snapshot([visit, words, package], first)
    words.write_text('WORD = "two"\n')
    write_snapshot([visit, words, package], second)
    words.unlink()
    visit.write_text("this is no Python\n")
    assert show(tmp_path, first, second) == [f"one {visit} beside", f"two {visit} beside"]


def test_without_a_snapshot_the_files_run_as_they_stand(tmp_path: Path) -> None:
    visit = tmp_path / "journeys" / "visit.py"
    visit.parent.mkdir()
    visit.write_text('SAID = "disk"\nBESIDE = ""\n')
    assert show(tmp_path, tmp_path / "nothing") == [f"disk {visit} "]
