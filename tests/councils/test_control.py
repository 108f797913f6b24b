"""A change of words is no change of control; a change of people is."""

import pytest

from councils.control import is_same_control


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NOC: Conservative largest", "Conservative minority"),
        ("No overall control: Conservative largest", "Conservative minority"),
        ("NOC (Con largest)", "CON min"),
        ("No overall control: Labour largest", "Labour, Green"),
        # Until 2024 only the largest party was told: who governed then is not known.
        ("No overall control: Conservative largest", "Liberal Democrat, Green minority"),
        ("No overall control", "No overall control: Labour largest"),
        ("No overall control", "Hung"),
        ("Conservative", "CON"),
        ("Conservative", "Conservatives"),
        ("Labour", "Labour majority"),
        ("Labour", "Labour elected mayor"),
        ("Labour minority", "LAB Mayor"),
        ("Liberal Democrats", "Lib Dem control"),
        ("Reform UK", "Reform"),
        ("Labour, Green", "Green and Labour"),
        ("LD/GRN", "Liberal Democrat, Green minority"),
        ("Independent or other", "Independents"),
        ("Independent or other", "CIIP, PIP"),
        ("No overall control: Labour largest", "Conservative elected mayor"),
        ("Plaid Cymru", "Plaid"),
    ],
)
def test_like_spellings_are_one_control(one, other):
    assert is_same_control(one, other) and is_same_control(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Labour", "Conservative"),
        ("Labour", "Independent"),
        ("Conservative", "No overall control"),
        ("Conservative", "Conservative minority"),
        ("Conservative", "No overall control: Conservative largest"),
        ("No overall control: Conservative largest", "No overall control: Labour largest"),
        ("Conservative minority", "Labour minority"),
        ("Labour, Green", "Labour, Liberal Democrat"),
        ("Labour", "Labour, Green"),
        ("Labour elected mayor", "Conservative elected mayor"),
        ("No overall control: Labour largest", "Reform UK"),
    ],
)
def test_other_people_are_another_control(one, other):
    assert not is_same_control(one, other) and not is_same_control(other, one)
