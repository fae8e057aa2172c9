"""What would make an option possible, against brute force over all facts that can be changed."""

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.evidence.choice import choices_of, index_of
from liverboard.evidence.criterion import Compare, Is, Limit, Operator
from liverboard.evidence.derive import derive
from liverboard.evidence.domain import cuts_of
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import FactSheet, Known, spec_of
from liverboard.evidence.flip import changed_facts, recorded, ways_to
from liverboard.evidence.implication import implications
from liverboard.evidence.judge import PROVED
from liverboard.evidence.judgement import Status
from liverboard.evidence.kleene import evaluate
from liverboard.evidence.outlook import is_standing

from .strategies import connectives, known, leaves
from .test_ask import INTENTS, criterion

OWN = ["ras", "braf_v600e", "ecog", "lesion_count", "response", "flr_percent"]
LEVERS = [name for name in OWN if spec_of(name).modifiable]
TREES = st.recursive(leaves(OWN), connectives, max_leaves=3)


@st.composite
def rules(draw):
    trees = draw(st.lists(TREES, min_size=1, max_size=2))
    return tuple(
        criterion(tree, draw(st.sampled_from(INTENTS)), name=f"c{place}")
        for place, tree in enumerate(trees)
    )


def is_closed(criteria, sheet):
    env = environment_of(sheet)
    told = [PROVED.get((one.intent, evaluate(one.when, env).verdict)) for one in criteria]
    return any(status is not None and not is_standing(status) for status in told)


def smallest(criteria, sheet):
    """Return the fewest levers whose change opens the option, by trying everything; None if none.

    Every lever of the patient is tried with every class of values, however it bears on obstacles.
    """
    cuts = cuts_of([one.when for one in criteria] + [rule.when for rule in implications()])
    levers = [name for name in LEVERS if isinstance(sheet.get(name), Known)]
    for size in range(4):
        for names in combinations(levers, size):
            others = [choices_of(spec_of(name), cuts.get(name, ())) for name in names]
            for chosen in product(*others):
                pairs = zip(names, chosen, strict=True)
                facts = {name: Known(one.value, "what if") for name, one in pairs}
                if not is_closed(criteria, changed_facts(sheet, facts)):
                    return size
    return None


@given(rules(), st.fixed_dictionaries({name: known(name) for name in OWN}))
@settings(max_examples=150)
def test_the_fewest_changes_are_found(criteria, facts):
    exact = {name: Known(fact.value, "test") for name, fact in facts.items()}
    sheet = derive(FactSheet(exact))
    found = ways_to("room/option", criteria, sheet, recorded(sheet))
    least = smallest(criteria, recorded(sheet))
    assert bool(found.obstacles) == is_closed(criteria, sheet)
    if not found.obstacles:
        assert least == 0
        return
    if least is None:
        assert found.ways == ()
        return
    sizes = {len(way.changes) for way in found.ways}
    assert sizes == {least}
    for way in found.ways:
        assert is_standing(way.status) or way.status is Status.NEEDS_DATA
        assert all(spec_of(one.name).modifiable for one in way.changes)


def test_a_gene_is_nothing_that_can_be_changed():
    sheet = FactSheet({"ras": Known("mutated", "test")})
    found = ways_to("o/o", (criterion(Is("ras", ("wild_type",))),), sheet, sheet)
    assert [one.criterion for one in found.fixed] == ["one"]
    assert found.ways == ()


def test_a_small_remnant_has_to_grow_as_far_as_the_threshold():
    tree = Compare("flr_percent", Operator.AT_LEAST, Limit(30.0, 30.0, "percent"))
    sheet = FactSheet({"flr_percent": Known(22.0, "test")})
    (way,) = ways_to("o/o", (criterion(tree),), sheet, sheet).ways
    (change,) = way.changes
    assert (change.now, change.to) == ("22 %", "30 % or more")
    assert "portal vein embolisation" in change.how
    assert way.status is Status.ELIGIBLE


def test_disease_that_is_gone_leaves_none_in_the_lung():
    # By the meaning of words: no disease outside the liver is none in any one place.
    base = FactSheet(
        {"extrahepatic_disease": Known("resectable", "t"), "lung_metastases": Known(True, "t")}
    )
    after = changed_facts(base, {"extrahepatic_disease": Known("none", "what if")})
    assert after.flag("lung_metastases") is False


def test_what_calculators_worked_out_is_worked_out_anew():
    facts = {"height": Known(170.0, "t"), "weight": Known(70.0, "t")}
    sheet = derive(FactSheet(facts))
    after = changed_facts(recorded(sheet), {"weight": Known(90.0, "what if")})
    # Mosteller: sqrt(170 * 90 / 3600) = 2.0616 m2
    assert abs(after.number("bsa") - 2.0616) < 1e-4


def test_the_class_of_a_value_is_found_again():
    choices = choices_of(spec_of("ecog"), (2.0,))
    assert index_of(choices, 2.0) == 1
