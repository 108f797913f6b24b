"""What the passing of time ends."""

from celery import shared_task

from cpc.casework.endings import end_memberships, end_with_tenures


@shared_task(name="cases.end_memberships")
def end_what_no_longer_holds() -> int:
    """Memberships that rest on nothing: a council that has ended, a post that the register's files say was left."""
    return len(end_memberships(by=None)) + len(end_with_tenures(by=None))
