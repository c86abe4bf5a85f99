"""What porting only points at: Python 2, and divisions whose result Python 3 changed.

Works on the text of a source, so that a file that Python 3 cannot parse gets its findings too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from slim_torch.porting.finding import Finding

__all__ = ["findings"]

_DIVISION = " is a float in Python 3, and was a whole number in Python 2: // if that is meant"
_PRINT = "print is a function in Python 3: print(...)"
_PATTERNS = (
    (re.compile(r"^\s*print\s*(?:$|>>|[^\s(=.,\[)])"), _PRINT),
    (re.compile(r"^\s*print\s*\([^()]*\)\s*%"), "in Python 3, print(...) % x formats what print returns: move % inside"),
    (re.compile(r"^\s*except\s+[\w.()]+(?:\s*,\s*\w+)\s*:"), "except A, b is written `except A as b` in Python 3"),
    (re.compile(r"^\s*raise\s+[\w.]+\s*,"), "raise A, b is written `raise A(b)` in Python 3"),
    (re.compile(r"\bxrange\s*\("), "xrange is range in Python 3"),
    (re.compile(r"\braw_input\s*\("), "raw_input is input in Python 3"),
    (re.compile(r"\b(?:unicode|unichr|long)\s*\("), "unicode, unichr and long are str, chr and int in Python 3"),
    (re.compile(r"\bbasestring\b"), "basestring is str in Python 3"),
    (re.compile(r"\.(?:iteritems|iterkeys|itervalues)\s*\("), "in Python 3 it is items(), keys(), values()"),
    (re.compile(r"\.has_key\s*\("), "has_key is `in` in Python 3"),
    (re.compile(r"^\s*import\s+(?:cPickle|StringIO|Queue|ConfigParser|urllib2)\b"), "renamed in Python 3: pickle, io, queue, configparser, urllib.request"),
)  # fmt: skip


def findings(source: str) -> Iterator[Finding]:
    """What there is to check in a source, and what Python 3 cannot read."""
    code = list(_without_strings(source))
    for number, line in enumerate(code, 1):
        for pattern, text in _PATTERNS:
            if pattern.search(line):
                yield Finding(number, "check", text)
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    yield from _divisions(tree)


_STRINGS = re.compile(
    r"""#[^\n]*|[rRbBuUfF]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.S
)


def _without_strings(source: str) -> list[str]:
    """The lines, with comments and what is inside of strings blanked."""

    def blank(match: re.Match[str]) -> str:
        text = match.group()
        return "" if text.startswith("#") else "''" + "\n" * text.count("\n")

    return _STRINGS.sub(blank, source).split("\n")


def _divisions(tree: ast.Module) -> Iterator[Finding]:
    """Divisions of what looks like whole numbers; they gave whole numbers in Python 2."""
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    if any(name.name == "division" for node in future for name in node.names):
        return
    for part in ast.walk(tree):
        if not (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div)):
            continue
        if _whole(part.left) and _whole(part.right):
            yield Finding(part.lineno, "check", f"`{ast.unparse(part)}`{_DIVISION}")


def _whole(node: ast.expr) -> bool:
    """Whether an expression is, as far as one can see, a whole number."""
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.Div) and _whole(node.left) and _whole(node.right)
    if isinstance(node, ast.UnaryOp):
        return _whole(node.operand)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("len", "int")
    if isinstance(node, ast.Subscript):
        text = ast.unparse(node.value)
        return text.endswith((".shape", "get_shape()", ".as_list()"))
    if isinstance(node, ast.Attribute):
        return (node.attr == "value" and _whole(node.value)) or node.attr in ("batch_size", "num_samples")
    if isinstance(node, ast.Name):
        return (
            re.search(
                r"(?:^|_)(?:size|num|n|height|width|h|w|stride|count|depth|channels|dim)(?:$|_|\d)", node.id
            )
            is not None
        )
    return False
