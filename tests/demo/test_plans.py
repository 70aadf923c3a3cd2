"""Rules that hold for every plan, whichever readings it goes with."""

import pytest
from helmlog_local.company.generated import generated_series
from helmlog_local.company.generated_plan import generated_plan
from helmlog_local.company.plan import Decrease, Increase, Milestones
from helmlog_local.company.recorded import _FILES
from helmlog_local.company.recorded_plan import recorded_plan

PLANS = {
    "generated": (generated_plan(), {one.slug for one in generated_series()}),
    "recorded": (recorded_plan(), {file.slug for file in _FILES}),
}

pytestmark = pytest.mark.parametrize(("plan", "slugs"), PLANS.values(), ids=PLANS.keys())


def parts_of(cycle):
    return [part for objective in cycle.objectives for part in objective.key_results]


def test_key_results_follow_kpis_that_exist(plan, slugs):
    for cycle in plan.cycles:
        assert cycle.kpis <= slugs


def test_some_key_results_are_bound_and_some_are_not(plan, slugs):
    shown = next(cycle for cycle in plan.cycles if cycle.name == plan.shown)
    bound = [part.kpi is not None for part in parts_of(shown)]
    assert any(bound)
    assert not all(bound)


def test_a_key_result_is_moved_by_its_kpi_or_by_check_ins_never_by_both(plan, slugs):
    for cycle in plan.cycles:
        for part in parts_of(cycle):
            assert (part.kpi is None) == bool(part.check_ins), part.title


def test_links_lead_to_something_in_the_same_cycle_that_stands_above(plan, slugs):
    for cycle in plan.cycles:
        titles = [objective.title for objective in cycle.objectives]
        titles += [part.title for part in parts_of(cycle)]
        assert len(titles) == len(set(titles))
        for objective in cycle.objectives:
            assert objective.contributes_to is None or objective.contributes_to in titles


def test_targets_lie_on_the_right_side_of_baselines(plan, slugs):
    for cycle in plan.cycles:
        for part in parts_of(cycle):
            match part.measure:
                case Increase(baseline, target):
                    assert float(baseline) < float(target)
                case Decrease(baseline, target):
                    assert float(baseline) > float(target)


def test_check_ins_come_in_order_and_within_the_cycle(plan, slugs):
    for cycle in plan.cycles:
        for part in parts_of(cycle):
            moments = [cycle.end_of_week(check_in.week) for check_in in part.check_ins]
            assert moments == sorted(moments)
            assert all(cycle.starts_at <= moment < cycle.ends_at for moment in moments)


def test_check_ins_name_milestones_that_there_are(plan, slugs):
    for cycle in plan.cycles:
        for part in parts_of(cycle):
            names = (
                {name for name, _ in part.measure.milestones}
                if isinstance(part.measure, Milestones)
                else set()
            )
            for check_in in part.check_ins:
                assert set(check_in.done) <= names
                assert (check_in.value is None) == bool(names)


def test_the_late_correction_changes_what_was_said_in_its_week(plan, slugs):
    shown = next(cycle for cycle in plan.cycles if cycle.name == plan.shown)
    part = next(one for one in parts_of(shown) if one.title == plan.correction.key_result)
    said = {check_in.week: check_in.value for check_in in part.check_ins}
    assert said[plan.correction.week] not in {None, plan.correction.value}
