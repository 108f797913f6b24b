"""Words that nobody came back for."""

from celery import shared_task

from cpc.drafts.openings import forget_closed_pages
from cpc.drafts.services import forget_old_drafts


@shared_task(name="drafts.forget_old")
def forget_old() -> int:
    return forget_old_drafts() + forget_closed_pages()
