"""No module of the package imports itself through others: at module level, in a function or under TYPE_CHECKING."""

from collections.abc import Iterable, Mapping

from tests.guards.test_public_modules import MODULES, imported_modules


def imports() -> dict[str, set[str]]:
    """{module: modules that it imports}. Importing `a.b.c` also imports the packages `a` and `a.b`."""
    found = {}
    for module, path in MODULES.items():
        own = set(_with_packages([module]))
        found[module] = set(_with_packages(imported_modules(module, path) & MODULES.keys())) - own
    return found


def _with_packages(modules: Iterable[str]) -> Iterable[str]:
    for module in modules:
        while module:
            yield module
            module = module.rpartition(".")[0]


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected components with more than one node (Tarjan, 1972), each sorted."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            place = stack.index(node)
            component, stack[place:] = stack[place:], []
            if len(component) > 1:
                found.append(sorted(component))

    for node in graph:
        if node not in order:
            visit(node)
    return sorted(found)


def test_there_is_no_import_cycle() -> None:
    graph = imports()
    assert sum(map(len, graph.values())) > 2000
    assert cycles(graph) == []


def test_the_guard_finds_cycles() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [["b", "c"]]
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "x": {"y"}, "y": {"x", "a"}}) == [["a", "b", "c"], ["x", "y"]]
    assert cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
