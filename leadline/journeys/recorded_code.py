"""Turns what Playwright's recorder wrote (`codegen --target python-async`) into an async journey.

Each navigation becomes a step, typed passwords become a `secret()`, the site's own address becomes relative. Pure: text
in, text out; the recorder itself is started by `leadline record`. The recorder does not say which click left the page,
so a click on a link or a button opens a step as well: a step too many is easier to join than one too few is to find.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from leadline.model.web_origins import read_origin

# Labels of password fields in common languages; text typed there is never kept.
_PASSWORD = re.compile(
    r"pass(word|phrase|code)?|\bpwd?\b|\bpin\b|passwort|kennwort|mot de passe|contrase|senha|wachtwoord|salasana|"
    r"lösenord|adgangskode|hasło|heslo|parol|пароль|パスワード|密码|비밀번호",
    re.IGNORECASE,
)
_SET_UP = re.compile(r"^(browser|context)\b|^\w+\.close\(\)|\bnew_page\(\)")


class NotARecording(ValueError):
    """The text has no `run(playwright)` as written by the recorder, or no actions."""


@dataclass
class _Step:
    name: str
    statements: list[str] = field(default_factory=list)


def rewrite_recording(source: str, *, base_url: str, name: str, every: str = "5m") -> str:
    """A journey file with the recorded actions. Raises NotARecording."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise NotARecording(f"the recorder's output does not parse: {error}") from error
    run = next((n for n in tree.body if isinstance(n, ast.AsyncFunctionDef) and n.name == "run"), None)
    if run is None:
        raise NotARecording("the recorder's output has no `async def run(playwright)`")
    rewriter = _Rewriter(base_url)
    steps = _cut_into_steps(run.body, rewriter)
    if not steps:
        raise NotARecording("nothing was recorded: open the page and click before closing the recorder")
    return _write(steps, name=name, every=every, uses_secret=bool(rewriter.secrets), uses_re=rewriter.uses_re)


def _cut_into_steps(body: list[ast.stmt], rewriter: _Rewriter) -> list[_Step]:
    steps: list[_Step] = []
    for statement in body:
        text = ast.unparse(statement)
        if _SET_UP.search(text.removeprefix("await ")):
            continue
        opened = _step_opened_by(statement)
        if opened is not None or not steps:
            steps.append(_Step(_unused(opened or "start", {step.name for step in steps})))
        steps[-1].statements.append(ast.unparse(rewriter.visit(statement)))
    return steps


def _step_opened_by(statement: ast.stmt) -> str | None:
    """The name of the step that this statement opens; None if it belongs to the previous step."""
    for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
        match call:
            case ast.Call(func=ast.Attribute(attr="goto"), args=[ast.Constant(value=str(url)), *_]):
                path = urlsplit(url).path.strip("/")
                return path.rsplit("/", 1)[-1][:40] or "home"
            case ast.Call(func=ast.Attribute(attr="click", value=located)):
                return next((name for name in _names_of_links(located)), None)
    return None


def _names_of_links(located: ast.expr) -> Iterator[str]:
    for call in (node for node in ast.walk(located) if isinstance(node, ast.Call)):
        match call:
            case ast.Call(func=ast.Attribute(attr="get_by_role"), args=[ast.Constant(value="link" | "button"), *_]):
                named = [k.value for k in call.keywords if k.arg == "name"]
                if named and isinstance(named[0], ast.Constant):
                    yield " ".join(str(named[0].value).split())[:40].strip().lower() or "click"
                else:
                    yield "click"


def _unused(name: str, used: set[str]) -> str:
    number = 2
    candidate = name
    while candidate in used:
        candidate, number = f"{name} {number}", number + 1
    return candidate


class _Rewriter(ast.NodeTransformer):
    """Own addresses relative, passwords out."""

    def __init__(self, base_url: str) -> None:
        self.origin = read_origin(base_url)
        self.secrets: list[str] = []
        self.uses_re = False

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(attr="goto"), args=[ast.Constant(value=str(url)), *_]):
                node.args[0] = ast.Constant(self._relative(url))
            case ast.Call(func=ast.Attribute(attr="fill", value=located), args=[ast.Constant(), *_]):
                if _PASSWORD.search(_words_in(located)):
                    node.args[0] = self._secret()
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        self.uses_re |= node.id == "re"
        return node

    def _relative(self, url: str) -> str:
        if read_origin(url) != self.origin:
            return url
        parts = urlsplit(url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _secret(self) -> ast.Call:
        name = "PASSWORD" if not self.secrets else f"PASSWORD_{len(self.secrets) + 1}"
        self.secrets.append(name)
        return ast.Call(func=ast.Name("secret"), args=[ast.Constant(name)], keywords=[])


def _words_in(expression: ast.expr) -> str:
    """The words by which a field was found; a selector such as `#user_password` is split."""
    words = [str(node.value) for node in ast.walk(expression) if isinstance(node, ast.Constant)]
    return re.sub(r"[_\-\[\]#.=]+", " ", " ".join(words))


def _write(steps: list[_Step], *, name: str, every: str, uses_secret: bool, uses_re: bool) -> str:
    body = "\n".join(statement for step in steps for statement in step.statements)
    imported = [
        word for word in ("expect", "journey", "secret") if word == "journey" or re.search(rf"\b{word}\(", body)
    ]
    lines = ["import re", ""] if uses_re else []
    lines += [f"from leadline import {', '.join(imported)}", "", ""]
    lines += [f"@journey(every={_quoted(every)})", f"async def {name}(run, page):"]
    if uses_secret:
        lines.append("    # Typed passwords are not kept: set the environment variables that secret() names.")
    for step in steps:
        lines.append(f"    async with run.step({_quoted(step.name)}):")
        lines += ["        " + line for statement in step.statements for line in statement.splitlines()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a Python string
