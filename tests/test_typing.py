"""What is public has type hints; ``mypy`` checks that they hold (see .ci/run)."""

import inspect
from importlib import import_module
from importlib.resources import files

import pytest

import mefeat


def public():
    """Give each public class and function with its dotted name."""
    names = ["mefeat", *(f"mefeat.{name}" for name in mefeat._PACKAGES)]
    for name in names:
        module = import_module(name)
        for member in module.__all__:
            item = getattr(module, member)
            if inspect.isclass(item) or inspect.isfunction(item):
                yield f"{name}.{member}", item


def callables(item):
    if inspect.isfunction(item):
        yield "", item
        return
    for name, member in vars(item).items():
        member = getattr(member, "__func__", member)
        generated = hasattr(item, "__dataclass_fields__") and name == "__init__"
        known = inspect.isfunction(member) and not generated
        if known and (name == "__init__" or not name.startswith("_")):
            yield f".{name}", member


def test_py_typed_is_shipped():
    assert (files("mefeat") / "py.typed").is_file()


@pytest.mark.parametrize(
    "item", [pytest.param(item, id=name) for name, item in public()]
)
def test_every_public_signature_has_hints(item):
    for name, function in callables(item):
        parameters = inspect.signature(function).parameters.values()
        bare = [
            parameter.name
            for parameter in parameters
            if parameter.annotation is inspect.Parameter.empty
            and parameter.name not in ("self", "cls")
        ]
        assert not bare, f"{item.__name__}{name}: no type for {bare}"
        assert "return" in function.__annotations__, f"{item.__name__}{name}"


def test_names_for_type_checkers_are_those_imported_at_first_use():
    # `__all__` is written out, since type checkers read no computed one.
    assert set(mefeat.__all__) == {"__version__", *mefeat._HOMES}
    for name, home in mefeat._HOMES.items():
        assert getattr(mefeat, name) is getattr(import_module(home), name)
