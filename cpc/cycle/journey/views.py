"""Pages about who looks after a council and what is written down about it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import TemplateView

from cpc.components.pages import ListPage
from cpc.cycle.base_views import CouncilFormPage, CouncilMixin
from cpc.cycle.journey import forms as journey_forms
from cpc.cycle.journey import queries as journey_queries
from cpc.cycle.journey import services as journey_services
from cpc.cycle.journey import timeline
from cpc.cycle.models import AdviserPost, Conversation, JourneyEntry
from cpc.cycle.queries import next_of, standing_of

PAGE_SIZE = 25


class HandOver(CouncilFormPage):
    permission_required = "cpc.hand_over_council"
    refusal_reason = "Only the council's principal adviser or a programme manager hands it over."
    form_class = journey_forms.HandOverForm
    title = "Hand the council over to another principal adviser"
    submit_text = "Hand over"
    success_message = "The council is handed over"
    success_url_name = "councils:detail"
    seen_fields = ("seen",)
    is_decision = True

    @cached_property
    def last_post(self) -> AdviserPost | None:
        return journey_queries.adviser_posts(self.council).filter(ended_on__isnull=True).first()

    def current_texts(self, form: Any) -> dict[str, Any]:
        last = self.last_post
        return {"Principal adviser": last.user.full_name if last else "", "Since": last.started_on if last else ""}

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.last_post.pk if self.last_post else 0}

    def get_intro(self) -> str:
        last = self.last_post
        return f"{last.user.full_name} is the principal adviser." if last else "There is no principal adviser yet."

    def save(self, form: Any) -> Any:
        return journey_services.hand_over_council(council=self.council, by=self.request.user, **form.cleaned_data)


class ContactLog(CouncilMixin, ListPage):
    permission_required = "cpc.view_contact_log"
    refusal_reason = "Only principal advisers of the region and programme managers read this."
    template_name = "cpc/cycle/journey/contact_log.html"

    def get_rows(self) -> Any:
        return journey_queries.contact_log(self.council, self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
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

    def save(self, form: Any) -> Any:
        return journey_services.log_contact(council=self.council, by=self.request.user, **form.cleaned_data)


class ConversationPage(CouncilFormPage):
    permission_required = "cpc.change_contact_log"
    refusal_reason = ContactLog.refusal_reason
    success_url_name = "cycle:contact-log"
    seen_fields = ("seen",)
    is_decision = True

    @cached_property
    def open(self) -> Conversation | None:
        return journey_queries.conversations(self.council).filter(ended_on__isnull=True).first()

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.open.pk if self.open else 0}

    def current_texts(self, form: Any) -> dict[str, Any]:
        if self.open is None:
            return {"Status": ""}
        return {
            "Status": self.open.get_state_display(),
            "Reason": self.open.reason,
            "Since": self.open.started_on,
        }


class ConversationRecord(ConversationPage):
    form_class = journey_forms.ConversationForm
    title = "Record the contact status"
    intro = "For the LGA alone. What was recorded before ends the day before."
    success_message = "Status recorded"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"started_on": timezone.localdate()}

    def save(self, form: Any) -> Any:
        return journey_services.record_conversation(council=self.council, by=self.request.user, **form.cleaned_data)


class ConversationEnd(ConversationPage):
    form_class = journey_forms.ConversationEndForm
    title = "Record that this status has ended"
    success_message = "The last day is recorded"

    def why_not(self) -> str:
        return "" if self.open else "No contact status is recorded for this council today."

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"ended_on": timezone.localdate()}

    def get_intro(self) -> str:
        if self.open is None:
            return ""
        return f"{self.open.get_state_display()} since {journey_services.day_text(self.open.started_on)}."

    def save(self, form: Any) -> Any:
        return journey_services.end_conversation(council=self.council, by=self.request.user, **form.cleaned_data)


class SupportLog(CouncilMixin, ListPage):
    permission_required = "cpc.view_support_log"
    refusal_reason = "Only the council's principal adviser and programme managers read this."
    template_name = "cpc/cycle/journey/support_log.html"

    def get_rows(self) -> Any:
        return journey_queries.support_log(self.council, self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "mentoring": list(journey_queries.mentoring_of(self.council)[:PAGE_SIZE]),
        }


class SupportAdd(CouncilFormPage):
    permission_required = "cpc.change_support_log"
    refusal_reason = SupportLog.refusal_reason
    form_class = journey_forms.SupportForm
    title = "Add to the support log"
    intro = "For the council's principal adviser and programme managers alone."
    success_message = "Added to the support log"
    success_url_name = "cycle:support-log"

    def save(self, form: Any) -> Any:
        return journey_services.log_support(council=self.council, by=self.request.user, **form.cleaned_data)


class Journey(CouncilMixin, TemplateView):
    permission_required = "cpc.view_journey"
    template_name = "cpc/cycle/journey/detail.html"
    for_lga_alone = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        row = standing_of(self.council, timezone.localdate())
        journey = timeline.journey_of(self.council, user)
        return super().get_context_data(**kwargs) | {"journey": journey, "next": next_of(row, user)}


class JourneyFormPage(CouncilFormPage):
    permission_required = "cpc.change_journey"
    refusal_reason = "Only principal advisers of the region and programme managers keep the journey."
    form_class: Any = journey_forms.JourneyEntryForm
    success_url_name = "cycle:journey"

    def done(self, form: Any) -> HttpResponse:
        response = super().done(form)
        for warning in timeline.journey_of(self.council, self.request.user).warnings:
            messages.warning(self.request, warning)
        return response


class JourneyAdd(JourneyFormPage):
    title = "Add to the improvement journey"
    success_message = "Added to the improvement journey"

    def save(self, form: Any) -> Any:
        return journey_services.add_journey_entry(council=self.council, by=self.request.user, **self.typed(form))


class JourneyChange(JourneyFormPage):
    title = "Change an entry of the improvement journey"
    success_message = "The improvement journey is changed"
    changes = "entry"

    @cached_property
    def entry(self) -> JourneyEntry:
        return get_object_or_404(JourneyEntry, council=self.council, pk=self.kwargs["pk"])

    def save(self, form: Any) -> Any:
        return journey_services.change_journey_entry(entry=self.entry, by=self.request.user, **form.cleaned_data)


class JourneyEnd(JourneyChange):
    form_class = journey_forms.JourneyEndForm
    title = "Record the last day"
    success_message = "The last day is recorded"

    def get_intro(self) -> str:
        return f"{self.entry.get_kind_display()}: {self.entry.name}"

    def save(self, form: Any) -> Any:
        return journey_services.end_journey_entry(entry=self.entry, by=self.request.user, **form.cleaned_data)
