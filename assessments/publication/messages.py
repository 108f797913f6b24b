"""The mail that something is published. It says that and where to read it, and none of its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assessments.publication.models import PUBLISHED
from cpc.casework.messages import ON_CASE, still_on_case
from cpc.notifications.mail_kinds import Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def register_mail(*, code: str, what: str, model: Any) -> None:
    """One kind for each thing, with the same words."""

    def still_public(message: Message) -> bool:
        """A publication that was taken back while the mail waited is not announced. A case that has just closed is news
        all the same: nobody is asked to do anything."""
        rows = model._default_manager.filter(case=message.case_id, state=PUBLISHED)
        return rows.exists() and still_on_case(message)

    register(
        Kind(
            code=code,
            staff_label=f"{what.capitalize()} published",
            subject=f"{{case_title}} peer challenge: {what} published",
            template="emails/publication/published.txt",
            button=f"Read the {what}",
            why=ON_CASE,
            fields=("case_title", "url"),
            renew=lambda message: {"what": what},
            still_applies=still_public,
        )
    )
