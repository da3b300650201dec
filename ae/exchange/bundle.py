"""Several ES modules as the text of one, for where nothing can be fetched.

It knows the forms that this project's modules use: imports of neighbours by relative path
at the beginning of a line, and ``export`` before a declaration or around a list of names.
"""

import posixpath
import re
from collections.abc import Mapping

_NAMES = r"\{[\w$,\s]*\}|\* as [\w$]+|[\w$]+"
_IMPORT = re.compile(rf'^import (?:({_NAMES}) from )?"(\.[^"]+)";$', re.M)
_LIST = re.compile(r"^export \{([^}]*)\};$", re.M)
_DEFAULT = re.compile(r"^export default ", re.M)
_DECLARATION = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) ([\w$]+))", re.M)
_OUTSIDE = re.compile(r"^(?:import|export)\b.*", re.M)


def bundle(modules: Mapping[str, str], entry: str) -> str:
    """Join a module with all that it imports.

    Args:
        modules: Texts by path, such as ``"live/stage.js"``.
        entry: The path of the module that runs last, with everything it needs.

    Returns:
        The text of a module that imports nothing. Its default export is the entry's, if
        that has one.

    Raises:
        ValueError: If a module is missing, imports itself by a detour, or has an import
            or export of a form that is not known here.
    """
    order: list[str] = []
    parts = [_scope(path, modules[path]) for path in _visit(modules, entry, (), order)]
    if _DEFAULT.search(modules[entry]):
        parts.append(f"export default {_name(entry)}.default;\n")
    return "".join(parts)


def _visit(
    modules: Mapping[str, str], path: str, above: tuple[str, ...], done: list[str]
) -> list[str]:
    """Append a module to those that are done, after what it imports; return them."""
    if path in above:
        raise ValueError(f"{path} imports itself by {' and '.join(above)}")
    if path not in modules:
        raise ValueError(f"{above[-1] if above else 'nothing'} asks for {path}: it is not there")
    if path not in done:
        for _, target in _IMPORT.findall(modules[path]):
            _visit(modules, _resolved(path, target), (*above, path), done)
        done.append(path)
    return done


def _resolved(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))


def _scope(path: str, text: str) -> str:
    """Return a module as a function's body that returns what the module exports."""
    exports = _DECLARATION.findall(text)
    for names in _LIST.findall(text):
        exports += [_pair(name, ": ", swap=True) for name in names.split(",") if name.strip()]
    if _DEFAULT.search(text):
        exports.append("default: $default")
    text = _DECLARATION.sub("", _DEFAULT.sub("const $default = ", _LIST.sub("", text)))
    text = _IMPORT.sub(lambda found: _taken(path, *found.groups()), text)
    if foreign := _OUTSIDE.search(text):
        raise ValueError(f"{path} cannot be bundled: {foreign[0]}")
    return f"const {_name(path)} = (() => {{\n{text}\nreturn {{ {', '.join(exports)} }};\n}})();\n"


def _taken(path: str, names: str | None, target: str) -> str:
    """Return the statement that takes names from a module that has run already."""
    source = _name(_resolved(path, target))
    if names is None:
        return ""
    if names.startswith("*"):
        return f"const {names.split()[-1]} = {source};"
    if names.startswith("{"):
        inner = names.strip("{} \n").split(",")
        names = ", ".join(_pair(name, ": ") for name in inner if name.strip())
    else:
        names = f"default: {names}"
    return f"const {{ {names} }} = {source};"


def _pair(name: str, joint: str, *, swap: bool = False) -> str:
    """Return ``a as b`` as ``a: b``, or ``b: a``; a single name stays."""
    words = name.split(" as ")
    return joint.join(word.strip() for word in (reversed(words) if swap else words))
