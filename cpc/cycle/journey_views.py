"""Pages about who looks after a council and what is written down about it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.utils import timezone
from django.views.generic import TemplateView

from cpc.cycle import journey_forms, journey_queries, journey_services
from cpc.cycle.council_pages import CouncilFormPage, CouncilMixin
from cpc.cycle.models import AdviserPost, Conversation

PAGE_SIZE = 25


class HandOver(CouncilFormPage):
    permission_required = "cpc.hand_over_council"
    refusal_reason = "Only the council's principal adviser or a programme manager hands it over."
    form_class = journey_forms.HandOverForm
    title = "Hand the council over to another principal adviser"
    submit_text = "Hand over"
    success_message = "The council is handed over"
    success_url_name = "councils:detail"

    def last_post(self) -> AdviserPost | None:
        return journey_queries.adviser_posts(self.council).filter(ended_on__isnull=True).first()

    def current_seen(self) -> int:
        last = self.last_post()
        return last.pk if last else 0

    def current_texts(self) -> dict[str, Any]:
        last = self.last_post()
        return {"Principal adviser": last.user.full_name if last else "", "Since": last.started_on if last else ""}

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.current_seen()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        last = self.last_post()
        intro = f"{last.user.full_name} is the principal adviser." if last else "Nobody is the principal adviser yet."
        return super().get_context_data(**kwargs) | {"intro": intro}

    def save(self, form: Any) -> Any:
        return journey_services.hand_over_council(council=self.council, by=self.request.user, **form.cleaned_data)


class ContactLog(CouncilMixin, TemplateView):
    permission_required = "cpc.view_contact_log"
    refusal_reason = "Only principal advisers of the region and programme managers read this."
    template_name = "cpc/cycle/contact_log.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entries = journey_queries.contact_log(self.council, self.request.user)
        return super().get_context_data(**kwargs) | {
            "page_obj": Paginator(entries, PAGE_SIZE).get_page(self.request.GET.get("page")),
            "conversations": list(journey_queries.conversations(self.council)[:PAGE_SIZE]),
            "posts": list(journey_queries.adviser_posts(self.council)[:PAGE_SIZE]),
        }


class ContactAdd(CouncilFormPage):
    permission_required = "cpc.change_contact_log"
    refusal_reason = ContactLog.refusal_reason
    form_class = journey_forms.ContactForm
    title = "Add to the contact log"
    intro = "For the LGA alone. The council does not see it."
    success_message = "Added to the contact log"
    success_url_name = "cycle:contact-log"

    def get_initial(self) -> dict[str, Any]:
        return {"on": timezone.localdate()}

    def save(self, form: Any) -> Any:
        return journey_services.log_contact(council=self.council, by=self.request.user, **form.cleaned_data)


class ConversationPage(CouncilFormPage):
    permission_required = "cpc.change_contact_log"
    refusal_reason = ContactLog.refusal_reason
    success_url_name = "cycle:contact-log"

    @cached_property
    def open(self) -> Conversation | None:
        return journey_queries.conversations(self.council).filter(ended_on__isnull=True).first()

    def current_seen(self) -> int:
        return self.open.pk if self.open else 0

    def current_texts(self) -> dict[str, Any]:
        if self.open is None:
            return {"How it stands": ""}
        return {
            "How it stands": self.open.get_state_display(),
            "Reason": self.open.reason,
            "Since": self.open.started_on,
        }


class ConversationRecord(ConversationPage):
    form_class = journey_forms.ConversationForm
    title = "Record how it stands with the council"
    intro = "For the LGA alone. What was recorded before ends the day before."
    success_message = "It is recorded how it stands"

    def get_initial(self) -> dict[str, Any]:
        return {"started_on": timezone.localdate(), "seen": self.current_seen()}

    def save(self, form: Any) -> Any:
        return journey_services.record_conversation(council=self.council, by=self.request.user, **form.cleaned_data)


class ConversationEnd(ConversationPage):
    form_class = journey_forms.ConversationEndForm
    title = "Record that it no longer stands so"
    success_message = "The last day is recorded"

    def why_not(self) -> str:
        return "" if self.open else "Nothing is recorded of how it stands with this council today."

    def get_initial(self) -> dict[str, Any]:
        return {"ended_on": timezone.localdate(), "seen": self.current_seen()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        intro = (
            f"{self.open.get_state_display()} since {journey_services.day_text(self.open.started_on)}."
            if self.open
            else ""
        )
        return super().get_context_data(**kwargs) | {"intro": intro}

    def save(self, form: Any) -> Any:
        return journey_services.end_conversation(council=self.council, by=self.request.user, **form.cleaned_data)
