"""What must hold for every criterion that anybody could write."""

from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.evidence.criterion import All, Any, Not
from liverboard.evidence.environment import environment_of
from liverboard.evidence.judgement import Verdict
from liverboard.evidence.kleene import compile_node, evaluate

from .reference import settled, verdict_of
from .strategies import learned, sheets, trees

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
many = settings(max_examples=250, deadline=None)


@many
@given(trees, sheets, st.data())
def test_learning_turns_unknown_into_an_answer_and_never_an_answer_into_another(tree, sheet, data):
    before = evaluate(tree, sheet).verdict
    after = evaluate(tree, data.draw(learned(sheet))).verdict
    assert before is UNKNOWN or after is before


@many
@given(trees, sheets)
def test_the_compiled_evaluation_agrees_with_the_slow_obvious_one(tree, sheet):
    assert evaluate(tree, sheet).verdict is verdict_of(tree, sheet)


@many
@given(st.lists(trees, min_size=1, max_size=4), sheets, st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_matter(items, sheet, chance):
    mixed = list(items)
    chance.shuffle(mixed)
    for kind in (All, Any):
        one, other = kind(tuple(items)), kind(tuple(mixed))
        assert evaluate(one, sheet).verdict is evaluate(other, sheet).verdict


@many
@given(st.lists(trees, min_size=1, max_size=4), sheets)
def test_de_morgan(items, sheet):
    turned = tuple(Not(item) for item in items)
    assert same(Not(All(tuple(items))), Any(turned), sheet)
    assert same(Not(Any(tuple(items))), All(turned), sheet)


@many
@given(trees, sheets)
def test_twice_not_is_nothing(tree, sheet):
    assert same(Not(Not(tree)), tree, sheet)


@many
@given(trees, sheets)
def test_replaying_the_trace_gives_the_verdict(tree, sheet):
    trace = evaluate(tree, sheet)
    assert replayed(tree, trace, sheet) is trace.verdict


@many
@given(trees, sheets)
def test_evaluating_twice_gives_the_same_trace(tree, sheet):
    run = compile_node(tree)
    environment = environment_of(sheet)
    assert run(environment) == run(environment)


@many
@given(trees, sheets, st.randoms(use_true_random=False))
def test_the_order_of_lesions_does_not_matter(tree, sheet, chance):
    keys = list(sheet.lesions)
    chance.shuffle(keys)
    mixed = type(sheet)(
        sheet.facts, {key: sheet.lesions[key] for key in keys}, sheet.has_all_lesions
    )
    assert evaluate(tree, sheet).verdict is evaluate(tree, mixed).verdict


def same(one, other, sheet):
    return evaluate(one, sheet).verdict is evaluate(other, sheet).verdict


def replayed(node, trace, sheet):
    """Work the verdict of a node out again from the verdicts of its children in the trace."""
    below = [child.verdict for child in trace.children]
    match type(node).__name__:
        case "All":
            return settled(all, below)
        case "Any":
            return settled(any, below)
        case "AtLeast":
            return settled(lambda truths: sum(truths) >= node.count, below)
        case "Not":
            return {YES: NO, NO: YES, UNKNOWN: UNKNOWN}[below[0]]
        case "Ref":
            return below[0]
        case _:
            return verdict_of(node, sheet)
