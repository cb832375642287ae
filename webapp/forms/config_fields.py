"""The fields of a form for the configs of several kinds, made of their schemas."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, get_args, get_origin

from pydantic.fields import FieldInfo
from wtforms import BooleanField, Field, Form, SelectField, StringField, TextAreaField

from webapp.fields import Strict
from webapp.forms.base import NumberBox, lines_of, or_none

Configs = Mapping[str, type[Strict]]


class OfKind(NamedTuple):
    """The fields that a kind asks for; `offered`: by name, the list of what may be chosen."""

    kind: str
    fields: Sequence[Field]
    offered: Mapping[str, str]


class ConfigFields(Form):  # type: ignore[misc]  # WTForms ships no types
    """A field of a kind's config is named by both: the `path` of a `file` is `file_path`.

    So what was typed for one kind stays when another is chosen, and is not sent.
    """

    configs: ClassVar[Configs] = {}

    def of_kinds(self) -> list[OfKind]:
        return [OfKind(kind, self.of_kind(kind), _offered(self, kind)) for kind in self.configs]

    def of_kind(self, kind: str) -> list[Field]:
        return [self[_named(kind, name)] for name in _schema_fields(self.configs, kind)]

    def config_field(self, kind: str, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
        """The field that a path of a config means; the first one where the config is missing."""
        fields = self.of_kind(kind)
        if not path:
            return (fields[0] if fields else None), ()
        name = _named(kind, path[0])
        return (self[name], path[1:]) if name in self else (None, ())

    def config(self, kind: str) -> dict[str, Any]:
        """All fields of this kind, so that a box that was emptied does not keep its old value."""
        infos = _schema_fields(self.configs, kind)
        return {name: _sent(self[_named(kind, name)], info) for name, info in infos.items()}

    def names_something(self, kind: str) -> bool:
        """Something was typed in what this kind shows."""
        return any(is_filled(field) for field in self.of_kind(kind))


def with_fields(configs: Configs) -> type[ConfigFields]:
    """A form that has the fields of all these."""
    fields = {
        _named(kind, name): _field(name, info)
        for kind in configs
        for name, info in _schema_fields(configs, kind).items()
    }
    return type("Fields", (ConfigFields,), fields | {"configs": configs})


def values_of(configs: Configs, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """What a form is filled with; a value that is the default anyway leaves its box empty."""
    infos = _schema_fields(configs, kind)
    return {
        _named(kind, name): _shown(config[name])
        for name, info in infos.items()
        if name in config and (config[name] != _default(info) or not _may_be_blank(info))
    }


def is_filled(field: Field) -> bool:
    """Something stands in it that nobody would have found there."""
    if isinstance(field, BooleanField):
        return bool(field.data and not field.default)  # one that is not sent is no word of anybody
    if isinstance(field, SelectField):
        return bool(field.data != field.default)
    return or_none(field) is not None


def _named(kind: str, name: str) -> str:
    return f"{kind}_{name}"


def _schema_fields(configs: Configs, kind: str) -> Mapping[str, FieldInfo]:
    return configs[kind].model_fields if kind in configs else {}


class SmallField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """A number."""

    is_small = True
    widget = NumberBox()


class SmallChoice(SelectField):  # type: ignore[misc]  # WTForms ships no types
    is_small = True


def _field(name: str, info: FieldInfo) -> Field:
    """As its type asks for it; where a default holds, it stands in the empty box."""
    label, about = info.title or name, {"description": _help(info)}
    hint = {"placeholder": str(_hint(info))} if _hint(info) else {}
    if choices := _choices(info):
        return SmallChoice(label, choices=choices, default=_default(info), **about)
    if info.annotation is bool:
        return BooleanField(label, default=_default(info), **about)
    if _is_list(info) or _has_lines(info):
        return TextAreaField(label, render_kw={"rows": 2, **hint}, **about)
    kind = SmallField if _is_number(info) else StringField
    return kind(label, render_kw=hint, **about)


def _help(info: FieldInfo) -> str:
    """In the form, a name of code is only a word."""
    about = (info.description or "").replace("`", "")
    if isinstance(default := _default(info), str | int) and not isinstance(default, bool):
        about += f" Empty: {default}." if default and not _choices(info) else ""
    if not info.examples:
        return about
    return f"{about} For example: {_choices(info).get(info.examples[0], info.examples[0])}"


def _hint(info: FieldInfo) -> Any:
    """What an empty box shows: what holds then, or an example of what it must have."""
    return (info.examples or [""])[0] if info.is_required() else _default(info)


def _default(info: FieldInfo) -> Any:
    return None if info.is_required() else info.get_default(call_default_factory=True)


def _may_be_blank(info: FieldInfo) -> bool:
    return not (_choices(info) or info.annotation is bool)


def _sent(field: Field, info: FieldInfo) -> Any:
    if isinstance(field, BooleanField):
        return bool(field.data)
    if _is_list(info):
        return lines_of(field)
    if isinstance(field, SelectField):
        return field.data
    return or_none(field) or _default(info)


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return "\n".join(value)
    return value if isinstance(value, bool) or value is None else str(value)


def _types(annotation: Any) -> Iterator[Any]:
    """All that an annotation is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def _choices(info: FieldInfo) -> dict[str, str]:
    """A Literal's values, which the schema may have names for."""
    if get_origin(info.annotation) is not Literal:
        return {}
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    called: Any = extra.get("called", {})
    return {value: called.get(value, value) for value in get_args(info.annotation)}


def _is_list(info: FieldInfo) -> bool:
    return any(get_origin(part) is list for part in _types(info.annotation))


def _has_lines(info: FieldInfo) -> bool:
    """One text of several lines."""
    return isinstance(info.json_schema_extra, dict) and "lines" in info.json_schema_extra


def _is_number(info: FieldInfo) -> bool:
    return int in _types(info.annotation)


def _offered(form: ConfigFields, kind: str) -> dict[str, str]:
    extras = {n: i.json_schema_extra for n, i in _schema_fields(form.configs, kind).items()}
    return {
        form[_named(kind, name)].name: f"{extra['offered']}-offered"
        for name, extra in extras.items()
        if isinstance(extra, dict) and "offered" in extra
    }
