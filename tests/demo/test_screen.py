import io

from helmlog_local.demo.screen import number, share, share_bar, status
from rich.console import Console


def test_shares_are_whole_percent_and_nothing_measured_is_never_0_percent():
    assert share("0.256") == "26%"
    assert share(None) == "-"
    assert share_bar(None) == "not measured"


def test_a_bar_is_as_full_as_its_share():
    assert share_bar("0").startswith("·" * 10)
    assert share_bar("0.5").startswith("█" * 5 + "·" * 5)
    assert share_bar("1").startswith("█" * 10)


def test_numbers_are_short_and_large_ones_whole():
    assert number("0.109326923077") == "0.1093"
    assert number("26288.4") == "26288"
    assert number("30.0") == "30"
    assert number(None) == "-"


def test_a_status_that_is_new_is_shown_all_the_same():
    console = Console(file=io.StringIO(), width=40)
    console.print(status("becalmed_now"))
    assert console.file.getvalue() == "becalmed now\n"
