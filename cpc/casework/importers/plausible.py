"""What is possible and hardly ever so: asked about, never refused and never taken in silence.

The numbers are far from what was seen: three to five days onsite, Monday to Friday; two to eleven years
between two challenges of a council; a review 8 to 25 months after. What lies outside is usually a slip: a day and a month
that changed places, or another council's line.
"""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

MOST_DAYS_ONSITE = 7
MOST_MONTHS_OF_A_REVIEW = 30
LEAST_MONTHS_BETWEEN_CHALLENGES = 12
LEAST_DAYS_BETWEEN_REVIEWS = 60
MOST_MONTHS_TO_A_REPORT = 24


def of_onsite_days(first: date, last: date) -> list[str]:
    """Days that are known to the day."""
    found = []
    number = (last - first).days + 1
    if number > MOST_DAYS_ONSITE:
        found.append(
            f"The visit lasts {number} days, from {_said(first)} to {_said(last)}. "
            "Have a day and a month changed places?"
        )
    found += [f"{_said(day)} is a {day:%A}." for day in dict.fromkeys((first, last)) if day.weekday() >= 5]
    return found


def of_span(first: date, last: date) -> list[str]:
    """Of days known by month or year: from the first to the last that is meant."""
    if last > first + relativedelta(months=MOST_MONTHS_OF_A_REVIEW):
        return [f"The visit lasts from {first:%B %Y} to {last:%B %Y}."]
    return []


def of_challenges(first: date, last: date, others: list[tuple[str, date, date]]) -> list[str]:
    """Others of the same council: what each is called, its first and its last day."""
    found = []
    apart = relativedelta(months=LEAST_MONTHS_BETWEEN_CHALLENGES)
    for name, begins, ends in others:
        if ends < first < ends + apart:
            found.append(f"It begins {_days((first - ends).days)} after {name} ended.")
        elif last < begins < last + apart:
            found.append(f"It ends {_days((begins - last).days)} before {name} begins.")
    return found


def of_review(name: str, on: date, challenge_ended: date, others: list[date]) -> list[str]:
    """A review or visit, the last day of the challenge that it follows, and others of its kind."""
    found = []
    months = (on.year - challenge_ended.year) * 12 + on.month - challenge_ended.month
    if months > MOST_MONTHS_OF_A_REVIEW:
        found.append(
            f"The {name} is {months} months after the peer challenge of {challenge_ended:%B %Y}. "
            "Is another challenge missing between them?"
        )
    near = [other for other in others if other != on and abs((other - on).days) < LEAST_DAYS_BETWEEN_REVIEWS]
    found += [f"The {name} is {_days(abs((other - on).days))} from another, of {_said(other)}." for other in near]
    return found


def of_report(name: str, published: date, took_place: date) -> list[str]:
    if published > took_place + relativedelta(months=MOST_MONTHS_TO_A_REPORT):
        return [f"The {name} was published in {published:%B %Y}, more than two years after {took_place:%B %Y}."]
    return []


def of_weekend(name: str, on: date) -> list[str]:
    return [f"The {name} of {_said(on)} is on a {on:%A}."] if on.weekday() >= 5 else []


def _said(on: date) -> str:
    return f"{on:%-d %B %Y}"


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"
