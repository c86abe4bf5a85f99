"""One source file rewritten: imports of TensorFlow and of slim, names that TensorFlow 1.0 renamed, `x.shape[i].value`.

Formatting is kept (by libcst); what cannot be rewritten is reported and left as it is. Reading and writing files is
`command.py`'s.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import libcst as cst
from libcst.metadata import (
    ImportAssignment,
    MetadataWrapper,
    PositionProvider,
    QualifiedName,
    QualifiedNameProvider,
    ScopeProvider,
)

from slim_torch.compat.facade import known
from slim_torch.porting import old_python
from slim_torch.porting.finding import Finding
from slim_torch.porting.places import ROOTS, missing_name, module_with, source_of

__all__ = ["Ported", "port"]

_RENAMED = {
    "tf.all_variables": "tf.global_variables",
    "tf.audio_summary": "tf.summary.audio",
    "tf.batch_matmul": "tf.matmul",
    "tf.complex_abs": "tf.abs",
    "tf.histogram_summary": "tf.summary.histogram",
    "tf.image_summary": "tf.summary.image",
    "tf.initialize_all_variables": "tf.global_variables_initializer",
    "tf.initialize_local_variables": "tf.local_variables_initializer",
    "tf.initialize_variables": "tf.variables_initializer",
    "tf.inv": "tf.reciprocal",
    "tf.merge_all_summaries": "tf.summary.merge_all",
    "tf.merge_summary": "tf.summary.merge",
    "tf.mul": "tf.multiply",
    "tf.neg": "tf.negative",
    "tf.pack": "tf.stack",
    "tf.scalar_summary": "tf.summary.scalar",
    "tf.select": "tf.where",
    "tf.sub": "tf.subtract",
    "tf.train.SummaryWriter": "tf.summary.FileWriter",
    "tf.unpack": "tf.unstack",
}
"""Names from before TensorFlow 1.0, of functions that take the same arguments under the new one."""


class Ported(NamedTuple):
    """A source after porting, and what there is to say about it, by line."""

    code: str
    findings: list[Finding]


def port(source: str) -> Ported:
    """Rewrites the source of one Python file.

    Raises:
      SyntaxError: it is not Python 3; the message has the line. `old_python.findings` says more about such a file.
    """
    try:
        wrapper = MetadataWrapper(cst.parse_module(source))
    except cst.ParserSyntaxError as err:
        raise SyntaxError(f"line {err.raw_line}: {err.message}") from err
    rewriter = _Rewriter(_aliases(wrapper.module), _used(source))
    module = wrapper.visit(rewriter)
    return Ported(module.code, sorted({*rewriter.findings, *old_python.findings(source)}))


def _aliases(module: cst.Module) -> dict[str, str]:
    """Names that are bound at the top of a file to something else's attribute: `slim = tf.contrib.slim`."""
    found: dict[str, str] = {}
    for line in module.body:
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for part in line.body:
            if isinstance(part, cst.Assign) and len(part.targets) == 1:
                target, value = part.targets[0].target, _dotted(part.value)
                if isinstance(target, cst.Name) and value is not None and "." in value:
                    found[target.value] = value
    return found


def _used(source: str) -> dict[str, set[str]]:
    """For each name in a source, the attributes that are taken of it."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


def _dotted(node: cst.BaseExpression | None) -> str | None:
    """`a.b.c` as a string."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        owner = _dotted(node.value)
        return None if owner is None else f"{owner}.{node.attr.value}"
    return None


def _is_size_of_shape(node: cst.Attribute) -> bool:
    """Whether it is `something.shape[...].value`."""
    sizes = node.value
    if node.attr.value != "value" or not isinstance(sizes, cst.Subscript):
        return False
    return isinstance(sizes.value, cst.Attribute) and sizes.value.attr.value == "shape"


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in ROOTS


class _Rewriter(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider, QualifiedNameProvider, ScopeProvider)

    def __init__(self, aliases: dict[str, str], used: dict[str, set[str]]) -> None:
        super().__init__()
        self._used = used
        self.findings: list[Finding] = []
        self._aliases = aliases
        self._roots: dict[str, str] = {}

    def _find(self, node: cst.CSTNode, kind: str, text: str) -> None:
        line = self.get_metadata(PositionProvider, node).start.line
        self.findings.append(Finding(line, kind, text))

    # Imports

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        if not any(isinstance(part, (cst.Import, cst.ImportFrom)) for part in original_node.body):
            return updated_node
        parts: list[cst.BaseSmallStatement] = []
        changed = False
        for part in original_node.body:
            written = self._written(part)
            if written is None:
                parts.append(part)
            else:
                changed = True
                parts += written
        if not changed:
            return updated_node
        # The first keeps what stands above the line, the last what stands behind it.
        lines = [cst.SimpleStatementLine(body=[part]) for part in parts]
        lines[0] = lines[0].with_changes(leading_lines=updated_node.leading_lines)
        lines[-1] = lines[-1].with_changes(trailing_whitespace=updated_node.trailing_whitespace)
        return cst.FlattenSentinel(lines)

    def _written(self, part: cst.BaseSmallStatement) -> list[cst.BaseSmallStatement] | None:
        """What replaces an import; None where it stays."""
        if isinstance(part, cst.Import):
            found = [self._import(name) for name in part.names]
        elif isinstance(part, cst.ImportFrom) and not part.relative:
            module = _dotted(part.module)
            if module is None or not _is_ours(module):
                return None
            found = [self._from_import(part, module)]
        else:
            return None
        if all(lines is None for lines in found):
            return None
        result: list[cst.BaseSmallStatement] = []
        for place, lines in enumerate(found):
            if lines is None:
                assert isinstance(part, cst.Import)
                name = part.names[place].with_changes(comma=cst.MaybeSentinel.DEFAULT)
                result.append(cst.Import(names=[name]))
            else:
                result += [_statement(line) for line in lines]
        if result:
            before = cst.Module(body=[]).code_for_node(part).rstrip("; ")
            after = "; ".join(cst.Module(body=[]).code_for_node(line) for line in result)
            self._find(part, "changed", f"{' '.join(before.split())}  ->  {after}")
        return result

    def _import(self, name: cst.ImportAlias) -> list[str] | None:
        """`import tensorflow.a.b as c`."""
        module = _dotted(name.name)
        if module is None or not _is_ours(module):
            return None
        alias = _alias(name)
        if not self._exists(name, module):
            return None
        if alias is None:
            # Used by its full name; the package finds its modules by itself.
            root = module.partition(".")[0]
            return [_import_of("slim_torch.tf" if root == "tensorflow" else "slim_torch", root)]
        return self._module_import(module, alias)

    def _from_import(self, part: cst.ImportFrom, module: str) -> list[str] | None:
        """`from tensorflow.a import b as c, d`."""
        if isinstance(part.names, cst.ImportStar):
            source = module_with(module, ()) if self._exists(part, module) else None
            return None if source is None else [f"from {source} import *"]
        lines: dict[str, list[str]] = {}
        for name in part.names:
            given = str(_dotted(name.name))
            alias = _alias(name) or given
            if not self._exists(name, f"{module}.{given}"):
                return None
            if known(f"{module}.{given}"):
                lines.update((line, []) for line in self._module_import(f"{module}.{given}", alias))
                continue
            source = source_of(module, given)
            if source is None:
                return None
            lines.setdefault(f"from {source} import ", []).append(
                given if given == alias else f"{given} as {alias}"
            )
        return [start + ", ".join(names) for start, names in lines.items()]

    def _module_import(self, module: str, alias: str) -> list[str]:
        """TensorFlow's `module` under the name `alias`: the module that has what the file takes of it."""
        source = module_with(module, self._used.get(alias, ()))
        if source is not None:
            return [_import_of(source, alias)]
        return [
            "from slim_torch.compat.facade import module_named",
            f'{alias} = module_named("{module}")',
        ]

    def _exists(self, node: cst.CSTNode, name: str) -> bool:
        missing = missing_name(name)
        if missing is not None:
            self._find(node, "unsupported", missing)
        return missing is None

    # Names

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        """Checks the longest name that begins here; what is inside of it has been seen with it."""
        name = _dotted(node)
        if name is None:
            return True
        full = self._qualified(node, name)
        if full is not None:
            short = _shown(full)
            missing = None if short in _RENAMED else missing_name(full)
            if missing is not None:
                self._find(node, "unsupported", missing)
        return True

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        if _is_size_of_shape(original_node):
            return self._shape_asked(original_node, updated_node)
        name = _dotted(original_node)
        full = None if name is None else self._qualified(original_node, name)
        renamed = None if full is None else _RENAMED.get(_shown(full))
        if name is None or renamed is None or renamed == _shown(str(full)):
            return updated_node
        # As the file calls the module: `tf.pack` is `tensorflow.pack` in another.
        depth = _shown(str(full)).count(".")
        root = name.rsplit(".", depth)[0]
        new = root + renamed[len("tf") :]
        self._find(original_node, "changed", f"{name}  ->  {new}")
        return cst.parse_expression(new)

    def _shape_asked(self, original: cst.Attribute, updated: cst.Attribute) -> cst.BaseExpression:
        """`x.shape[1].value` by `get_shape()`: the sizes in the shape of a PyTorch tensor are plain ints."""
        code = cst.Module(body=[]).code_for_node
        sizes = cst.ensure_type(updated.value, cst.Subscript)
        shape = cst.ensure_type(sizes.value, cst.Attribute)
        asked = cst.Call(shape.with_changes(attr=cst.Name("get_shape")))
        new = updated.with_changes(value=sizes.with_changes(value=asked))
        self._find(original, "changed", f"{code(original)}  ->  {code(new)}")
        return new

    def _qualified(self, node: cst.Attribute, name: str) -> str | None:
        """TensorFlow's name for what `name` stands for here, if it is TensorFlow's."""
        found: Iterable[QualifiedName] = self.get_metadata(QualifiedNameProvider, node, set())
        for qualified in found:
            if _is_ours(qualified.name) and self._imported(node, name):
                return qualified.name
        root, _, rest = name.partition(".")
        aliased = self._aliases.get(root)
        if aliased is None:
            return None
        outer, _, below = aliased.partition(".")
        module = self._modules(node).get(outer)
        return None if module is None else f"{module}.{below}.{rest}"

    def _imported(self, node: cst.CSTNode, name: str) -> bool:
        scope = self.get_metadata(ScopeProvider, node, None)
        if scope is None:
            return False
        return any(isinstance(a, ImportAssignment) for a in scope[name.partition(".")[0]])

    def _modules(self, node: cst.CSTNode) -> dict[str, str]:
        """What the names of the file's imports stand for."""
        scope = self.get_metadata(ScopeProvider, node, None)
        if scope is None or self._roots:
            return self._roots
        for assignment in scope.globals.assignments:
            if isinstance(assignment, ImportAssignment):
                for qualified in assignment.get_qualified_names_for(assignment.name):
                    if _is_ours(qualified.name):
                        self._roots[assignment.name] = qualified.name
        return self._roots


def _alias(name: cst.ImportAlias) -> str | None:
    return None if name.asname is None else _dotted(name.asname.name)


def _import_of(module: str, name: str) -> str:
    """The statement that imports `module` under `name`."""
    package, _, last = module.rpartition(".")
    if not package:
        return f"import {module}" if module == name else f"import {module} as {name}"
    return f"from {package} import {last}" if last == name else f"from {package} import {last} as {name}"


def _statement(text: str) -> cst.BaseSmallStatement:
    line = cst.parse_statement(text)
    assert isinstance(line, cst.SimpleStatementLine)
    return line.body[0]


_SHORT: Sequence[tuple[str, str]] = (
    ("tensorflow.compat.v1", "tf"),
    ("tensorflow", "tf"),
    ("tf_slim", "slim"),
)


def _shown(name: str) -> str:
    """A name of TensorFlow as users write it."""
    for long, short in _SHORT:
        if name == long or name.startswith(long + "."):
            return short + name[len(long) :]
    return name
