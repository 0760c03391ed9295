"""Pydantic shapes as TypeScript, so that the browser's types cannot drift from what is sent.

Small on purpose: it knows what our shapes use and refuses the rest, instead of writing `any` for it.
"""

import inspect
import re
import types
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

Declared: TypeAlias = type[BaseModel] | type[StrEnum] | type[IntEnum]
Unions: TypeAlias = Mapping[str, Any]
Constants: TypeAlias = Mapping[str, tuple[int | float | str, str]]

# Dates travel as ISO 8601 text.
_SCALARS: Mapping[Any, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    datetime: "string",
    AwareDatetime: "string",
    SecretStr: "string",
    Any: "unknown",
    type(None): "null",
}


class Untranslatable(TypeError):
    """A Python type for which there is no TypeScript yet."""


def typescript(
    declared: Iterable[Declared],
    *,
    known: Mapping[str, str] | None = None,
    unions: Unions | None = None,
    constants: Constants | None = None,
) -> str:
    """Return TypeScript for `declared` and for all they are made of, in the order in which they are met.

    `known` maps the name of a shape to the module that exports it already: it is imported from there.
    `unions` are named unions of shapes (`AnyEvent`), `constants` are named values, each with a sentence.
    A field with a default may be left out, except a constant one (`type`). Raises `Untranslatable`.
    """
    known = known or {}
    met: dict[str, Declared] = {}
    for one in declared:
        _meet(one, met, known)
    for union in (unions or {}).values():
        for part in _parts(union):
            _meet(part, met, known)
    blocks = [_constant(name, *valued) for name, valued in (constants or {}).items()]
    blocks += [_declaration(one) for name, one in met.items() if name not in known]
    blocks += [_union(name, union) for name, union in (unions or {}).items()]
    return "\n\n".join([*_imports(met, known), *blocks]) + "\n"


def doc_of(declared: type) -> list[str]:
    """Return the lines of a class's own docstring; none if it has only an inherited one."""
    own = declared.__dict__.get("__doc__")
    return inspect.cleandoc(own).splitlines() if own else []


def ts_type(annotation: Any) -> str:
    """Return the TypeScript of one annotation, such as `Pin[] | null`."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return ts_type(args[0])
    if origin is Literal:
        return " | ".join(_literal(value) for value in args)
    if origin in (Union, types.UnionType):
        return " | ".join(ts_type(arg) for arg in args)
    if origin in (list, frozenset) or (origin is tuple and args[1:] == (...,)):
        item = ts_type(args[0])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if origin is tuple:
        return f"[{', '.join(ts_type(arg) for arg in args)}]"
    if origin is dict:
        return f"Record<{ts_type(args[0])}, {ts_type(args[1])}>"
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel | StrEnum):
        return annotation.__name__
    raise Untranslatable(f"no TypeScript for {annotation!r}")


def _meet(declared: Any, met: dict[str, Declared], known: Mapping[str, str]) -> None:
    """Note `declared` in `met`, after all that it is made of."""
    name = declared.__name__
    if name in met:
        return
    if name not in known and issubclass(declared, BaseModel):
        if parent := _parent(declared):
            _meet(parent, met, known)
        for _, field in _own_fields(declared):
            for part in _parts(field.annotation):
                _meet(part, met, known)
    met[name] = declared


def _parts(annotation: Any) -> list[Any]:
    """Return the shapes and enumerations that `annotation` names, however deep."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel | StrEnum):
        return [annotation]
    return [part for arg in get_args(annotation) for part in _parts(arg)]


def _parent(model: type[BaseModel]) -> type[BaseModel] | None:
    """Return the shape that `model` adds to, if that has fields of its own to give."""
    base = model.__bases__[0]
    return base if issubclass(base, BaseModel) and base.model_fields else None


def _own_fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    parent = _parent(model)
    inherited = parent.model_fields if parent else {}
    return [
        (field.serialization_alias or field.alias or name, field)
        for name, field in model.model_fields.items()
        if name not in inherited or inherited[name].annotation != field.annotation
    ]


def _imports(met: Mapping[str, Declared], known: Mapping[str, str]) -> list[str]:
    modules: dict[str, list[str]] = {}
    for name in met:
        if name in known:
            modules.setdefault(known[name], []).append(name)
    lines = [
        f"import type {{ {', '.join(sorted(names))} }} from '{module}';"
        for module, names in sorted(modules.items())
    ]
    return ["\n".join(lines)] if lines else []


def _declaration(declared: Declared) -> str:
    if issubclass(declared, BaseModel):
        return _interface(declared)
    constant = re.sub(r"(?<!^)(?=[A-Z])", "_", declared.__name__).upper()
    if issubclass(declared, StrEnum):
        values = ", ".join(_literal(member) for member in declared)
        return (
            f"{_comment(doc_of(declared))}export const {constant} = [{values}] as const;\n"
            f"export type {declared.__name__} = (typeof {constant})[number];"
        )
    members = "".join(
        f"{_comment([getattr(member, 'meaning', '')], '  ')}  {member.name}: {member.value},\n"
        for member in declared
    )
    return f"{_comment(doc_of(declared))}export const {declared.__name__} = {{\n{members}}} as const;"


def _interface(model: type[BaseModel]) -> str:
    parent = _parent(model)
    extends = f" extends {parent.__name__}" if parent else ""
    fields = "".join(
        f"{_comment([field.description or ''], '  ')}"
        f"  {name}{'?' if _may_be_left_out(field) else ''}: {ts_type(field.annotation)};\n"
        for name, field in _own_fields(model)
    )
    return f"{_comment(doc_of(model))}export interface {model.__name__}{extends} {{\n{fields}}}"


def _may_be_left_out(field: FieldInfo) -> bool:
    constant = get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    has_default = field.default is not PydanticUndefined or field.default_factory is not None
    return has_default and not constant


def _union(name: str, union: Any) -> str:
    members = "".join(f"\n  | {part.__name__}" for part in _parts(union))
    return f"export type {name} ={members};"


def _constant(name: str, value: int | float | str, meaning: str) -> str:
    return f"{_comment([meaning])}export const {name} = {_literal(value)};"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


def _comment(lines: list[str], indent: str = "") -> str:
    if not any(lines):
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"
