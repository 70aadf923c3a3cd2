import re
from decimal import Context, Decimal
from fractions import Fraction

import pytest
from helmlog_events.values import plain
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.formula.evaluate import Inputs, Undefined, evaluate, steps
from kpi_service.domain.formula.parse import MAX_DEPTH, MAX_LENGTH, MAX_PARTS, parse, write
from kpi_service.domain.formula.refusals import FormulaUnreadable
from kpi_service.domain.formula.tree import (
    Call,
    Default,
    Input,
    Negative,
    Number,
    Operation,
    Previous,
    Round,
    names,
    names_before,
)

NAMES = ("won", "leads", "_c3")
NUMBERS = st.decimals(0, 10**6, allow_nan=False, places=3).map(abs)
INPUTS = st.sampled_from(NAMES).map(Input)
PREVIOUS = st.sampled_from(NAMES).map(Previous)
EXPRESSIONS = st.recursive(
    NUMBERS.map(Number)
    | INPUTS
    | PREVIOUS
    | st.builds(Default, INPUTS | PREVIOUS, st.decimals(-9, 9, allow_nan=False, places=2)),
    lambda inner: (
        inner.map(Negative)
        | st.builds(Operation, st.sampled_from("+-*/"), inner, inner)
        | st.builds(
            Call, st.sampled_from(["min", "max", "sum"]), st.lists(inner, min_size=1).map(tuple)
        )
        | st.builds(Call, st.just("abs"), st.tuples(inner))
        | st.builds(Round, inner, st.integers(0, 20))
    ),
    max_leaves=12,
)
VALUES = st.dictionaries(
    st.sampled_from(NAMES), st.decimals(-(10**6), 10**6, allow_nan=False, places=3)
)


@given(EXPRESSIONS)
def test_what_is_written_reads_as_the_same(expression):
    assert parse(write(expression)) == expression


def plain_value(expression, now, before) -> Fraction:
    """The same text, computed by Python's own rules of precedence over fractions."""
    text = re.sub(r"(?<![\w.])\d+(?:\.\d+)?", lambda one: f"F('{one[0]}')", write(expression))
    text = re.sub(r"previous\((\w+)\)", r"before['\1']", text)
    text = re.sub(r"\b(won|leads|_c3)\b(?!')", r"now['\1']", text)
    # A default is looked at before its input is.
    text = re.sub(r"default\((\w+)\['(\w+)'\], (-?F\('[\d.]+'\))\)", r"\1.get('\2', \3)", text)
    scope = {
        "F": Fraction,
        "now": {name: Fraction(value) for name, value in now.items()},
        "before": {name: Fraction(value) for name, value in before.items()},
        "sum": lambda *values: sum(values, Fraction()),
        "min": lambda *values: min(values),
        "max": lambda *values: max(values),
        "round": lambda value, places: round(value, int(places)),
        "__builtins__": {"abs": abs},
    }
    return Fraction(eval(text, scope))  # noqa: S307 - of a text that the test has written


@given(EXPRESSIONS, VALUES, VALUES)
def test_a_formula_comes_to_what_arithmetic_with_fractions_comes_to(expression, now, before):
    found = evaluate(expression, Inputs(now, before))
    try:
        expected = plain_value(expression, now, before)
    except KeyError:
        assert isinstance(found, Undefined)
        return
    except ZeroDivisionError:
        assert isinstance(found, Undefined)
        return
    if isinstance(found, Undefined):
        assert abs(expected) >= 10**20 - 1 or "digits" in found.reason
        return
    assert found == Decimal(round(expected * 10**20)).scaleb(-20, Context(prec=100))
    assert abs(Fraction(found) - expected) <= Fraction(1, 2 * 10**20)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("won / leads", "0.33333333333333333333"),
        ("won / leads * leads", "3"),
        ("100 * won / leads", "33.33333333333333333333"),
        ("round(100 * won / leads, 1)", "33.3"),
        ("round(0.125, 2)", "0.12"),
        ("round(2.5, 0)", "2"),
        ("-won - -leads", "6"),
        ("won - leads - 1", "-7"),
        ("won - (leads - 1)", "-5"),
        ("min(won, leads, 4) + max(won, 5)", "8"),
        ("sum(won, leads, won)", "15"),
        ("abs(won - leads)", "6"),
        ("won - previous(won)", "1"),
        ("default(lost, 0) + won", "3"),
        ("default(previous(lost), -1)", "-1"),
        ("won * 100", "300"),
        ("1.50 - 0.25 - 1.25", "0"),
        ("00.10", "0.1"),
    ],
)
def test_a_formula_has_one_value_to_the_digit(text, value):
    given = {"won": Decimal("3.00"), "leads": Decimal(9)}
    found = evaluate(parse(text), Inputs(given, {"won": Decimal(2)}))
    assert plain(found) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("won / lost", "lost has no value"),
        ("previous(leads) + won", "leads has no value in the period before"),
        ("leads / (won - 3)", "division by zero: won - 3 is 0"),
        ("1 / (won / 9 * 3 - 1)", "division by zero: won / 9 * 3 - 1 is 0"),
        ("default(lost, 0) / default(lost, 0)", "division by zero: default(lost, 0) is 0"),
        ("sum(won, lost)", "lost has no value"),
        ("99999999999999999999 * won", "the result is not below 10^20"),
    ],
)
def test_where_there_is_no_value_the_reason_is_told(text, reason):
    given = {"won": Decimal(3), "leads": Decimal(9), "lost": None}
    assert evaluate(parse(text), Inputs(given)) == Undefined(reason)


def test_numbers_that_grow_too_long_are_no_value():
    longest = Decimal("9" * 20 + "." + "9" * 20)
    found = evaluate(parse("*".join(["x"] * 40)), Inputs({"x": longest}))
    assert isinstance(found, Undefined)
    assert found.reason.endswith("has too many digits")


def test_the_result_may_be_as_long_as_any_number():
    longest = Decimal("9" * 20 + "." + "9" * 20)
    assert evaluate(parse("x"), Inputs({"x": longest})) == longest
    assert isinstance(
        evaluate(parse("x + 0.00000000000000000001"), Inputs({"x": longest})), Undefined
    )


def test_the_steps_lead_to_the_result():
    taken = steps(parse("100 * won / leads"), Inputs({"won": Decimal(1), "leads": Decimal(8)}))
    assert [(one.expression, one.value) for one in taken] == [
        ("won", Decimal(1)),
        ("100 * won", Decimal(100)),
        ("leads", Decimal(8)),
        ("100 * won / leads", Decimal("12.5")),
    ]


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 1, "it is empty"),
        ("won +", 6, "something is missing at the end"),
        ("won + * 3", 7, "'*' does not belong here"),
        ("won leads", 5, "'leads' does not belong here"),
        ("won ** 2", 6, "'*' does not belong here"),
        ("2 ^ 3", 3, "'^' is not part of the language"),
        ("1e9", 2, "'e9' does not belong here"),
        ("deals-won.x", 10, "'.' is not part of the language"),
        ("Won", 1, "'W' is not part of the language"),
        ("a; b", 2, "';' is not part of the language"),
        ("__import__('os')", 12, '"\'" is not part of the language'),
        ("exec(a)", 1, "there is no function 'exec'"),
        ("1 + pow(2, 3)", 5, "there is no function 'pow'"),
        ("min()", 1, "min takes one expression or more"),
        ("abs(a, b)", 1, "abs takes one expression"),
        ("previous(a + b)", 1, "previous takes the name of an input"),
        (
            "default(a / b, 0)",
            1,
            "default takes an input, or previous of one, and a number",
        ),
        ("round(a)", 1, "round takes an expression and its decimal places, 0 to 20"),
        ("round(a, 21)", 1, "round takes an expression and its decimal places, 0 to 20"),
        ("round(a, 1.5)", 1, "round takes an expression and its decimal places, 0 to 20"),
        ("a + " + "9" * 400, 5, "numbers have up to 20 digits and up to 20 decimal places"),
        ("0." + "0" * 21, 1, "numbers have up to 20 digits and up to 20 decimal places"),
        ("a" * (MAX_LENGTH + 1), 0, f"it has {MAX_LENGTH + 1} characters, more than {MAX_LENGTH}"),
        ("-" * (MAX_LENGTH - 1) + "a", 0, f"it is nested deeper than {MAX_DEPTH}"),
        ("sum(" + ",".join("a" * MAX_PARTS) + ")", 0, f"it has 201 parts, more than {MAX_PARTS}"),
        ("(" * 499 + "a", 501, "something is missing at the end"),
        ("a\n+\n\x00", 5, "'\\x00' is not part of the language"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_place(text, position, reason):
    with pytest.raises(FormulaUnreadable) as refused:
        parse(text)
    assert refused.value.position == position
    assert str(refused.value).endswith(reason)


@given(st.text(max_size=60) | st.text("won()+-*/,.0123456789 \n", max_size=60))
def test_any_text_is_a_formula_or_refused(text):
    try:
        expression = parse(text)
    except FormulaUnreadable:
        return
    assert parse(write(expression)) == expression


def test_a_formula_names_its_inputs_in_order():
    expression = parse("won / (leads - previous(won)) + default(previous(lost), 0)")
    assert names(expression) == ("won", "leads", "lost")
    assert names_before(expression) == {"won", "lost"}
