"""Random trees over real facts, random states of knowledge, and ways of learning more."""

from hypothesis import strategies as st

from liverboard.evidence.criterion import (
    All,
    Any,
    AtLeast,
    Between,
    Compare,
    CountLesions,
    ExistsLesion,
    ForAllLesions,
    Is,
    Limit,
    Not,
    Operator,
    Ref,
)
from liverboard.evidence.fact import FactKind, FactSheet, Known, spec_of
from liverboard.values import Reason, Unknown

FLAGS = ["cirrhosis", "braf_v600e", "vessel_contact"]
CATEGORIES = ["ras", "fibrosis", "response"]
NUMBERS = ["ecog", "flr_percent", "lesion_count", "bilirubin"]
OWN = FLAGS + CATEGORIES + NUMBERS
LESION = ["lesion_diameter", "lesion_in_liver"]
POINTS = {
    "ecog": [0, 1, 2, 3, 4],
    "flr_percent": [10, 20, 25, 30, 40, 60],
    "lesion_count": [0, 1, 3, 5, 10],
    "bilirubin": [5, 17, 34, 51, 200],
    "lesion_diameter": [5, 10, 30, 50, 80],
}


def limits(name):
    spec = spec_of(name)
    return st.sampled_from(POINTS[name]).map(lambda v: Limit(float(v), float(v), spec.unit))


def leaves(names):
    return st.sampled_from(names).flatmap(leaf)


def leaf(name):
    spec = spec_of(name)
    if spec.kind is FactKind.FLAG:
        return st.sampled_from([True, False]).map(lambda value: Is(name, (value,)))
    if spec.kind is FactKind.CATEGORY:
        chosen = st.lists(st.sampled_from(spec.domain), min_size=1, max_size=3, unique=True)
        return chosen.map(lambda values: Is(name, tuple(values)))
    compare = st.builds(Compare, st.just(name), st.sampled_from(Operator), limits(name))
    between = st.tuples(limits(name), limits(name)).map(
        lambda pair: Between(name, *sorted(pair, key=lambda limit: limit.value))
    )
    return compare | between


def connectives(children):
    items = st.lists(children, min_size=1, max_size=3).map(tuple)
    at_least = items.flatmap(
        lambda found: st.integers(1, len(found)).map(lambda count: AtLeast(count, found))
    )
    ref = children.map(lambda node: Ref("named", "a named condition", node))
    return items.map(All) | items.map(Any) | children.map(Not) | at_least | ref


def lesion_connectives(children):
    items = st.lists(children, min_size=1, max_size=2).map(tuple)
    return items.map(All) | items.map(Any) | children.map(Not)


lesion_trees = st.recursive(leaves(LESION), lesion_connectives, max_leaves=3)
quantifiers = (
    lesion_trees.map(ExistsLesion)
    | lesion_trees.map(ForAllLesions)
    | st.builds(CountLesions, lesion_trees, st.sampled_from(Operator), st.integers(0, 3))
)
trees = st.recursive(leaves(OWN) | quantifiers, connectives, max_leaves=8)


@st.composite
def numbers(draw, name):
    """A number of a fact, exact or with an interval."""
    low, value, high = sorted(draw(st.sampled_from(POINTS[name])) for _ in range(3))
    return Known(value, "test", low=low, high=high)


def known(name):
    spec = spec_of(name)
    if spec.kind is FactKind.FLAG:
        return st.sampled_from([True, False]).map(lambda value: Known(value, "test"))
    if spec.kind is FactKind.CATEGORY:
        return st.sampled_from(spec.domain).map(lambda value: Known(value, "test"))
    return numbers(name)


unknown = st.sampled_from([Reason.NOT_RECORDED, Reason.STALE]).map(Unknown)


def facts(names):
    return st.fixed_dictionaries({}, optional={name: known(name) | unknown for name in names})


sheets = st.builds(
    FactSheet,
    facts(OWN),
    st.dictionaries(st.sampled_from(["L1", "L2", "L3"]), facts(LESION), max_size=3),
    has_all_lesions=st.booleans(),
)


@st.composite
def learned(draw, sheet):
    """A sheet that knows all that `sheet` knows, and perhaps more."""
    lesions = {key: draw(more(LESION, have)) for key, have in sheet.lesions.items()}
    if not sheet.has_all_lesions and draw(st.booleans()):
        lesions["L9"] = draw(facts(LESION))
    has_all = sheet.has_all_lesions or draw(st.booleans())
    return FactSheet(draw(more(OWN, sheet.facts)), lesions, has_all)


@st.composite
def more(draw, names, have):
    """Facts that fill unknowns and narrow intervals of `have`."""
    found = dict(have)
    for name in names:
        fact = have.get(name)
        if not isinstance(fact, Known):
            if draw(st.booleans()):
                found[name] = draw(known(name))
        elif spec_of(name).kind is FactKind.NUMBER and draw(st.booleans()):
            found[name] = draw(narrowed(fact))
    return found


@st.composite
def narrowed(draw, fact):
    """The same fact measured better: an interval within the old one."""
    inside = st.sampled_from([fact.low, fact.value, fact.high])
    low, value, high = sorted(draw(inside) for _ in range(3))
    return Known(value, "test", low=low, high=high)
