"""Pages of reorganisations: entered as a draft, looked at, put in force, undone."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from councils.models import PlannedSuccession, PlannedSuccessor, Reorganisation, ReorganisationState
from councils.reorganisations import enactment as force
from councils.reorganisations import services
from councils.reorganisations.queries import (
    ending_councils,
    new_facts,
    problems_of,
    reorganisations,
    smaller_councils,
    successors_of,
)
from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import Refused
from cpc.components.pages import Confirm, ListPage, ServiceForm
from cpc.reorganisations import forms
from cpc.reorganisations.queries import effect_of

NOT_A_DRAFT = {
    ReorganisationState.IN_FORCE: "This reorganisation is in force. Undo that before you change it.",
    ReorganisationState.DISCARDED: "This reorganisation was discarded. Enter a new one.",
}
PAST_DAY = "The vesting day is not after today: what is recorded is history. Check that the day is right."


class ReorganisationList(ListPage):
    permission_required = "councils.change_reorganisation"
    file_name = "reorganisations"
    columns = {
        "Reorganisation": "name",
        "Vesting day": "vesting_on",
        "State": "get_state_display",
        "New councils": "new_councils",
        "Entered": "made_at",
        "Entered by": "made_by.full_name",
    }
    template_name = "cpc/reorganisations/list.html"

    def get_rows(self) -> QuerySet[Reorganisation]:
        return reorganisations()


class ReorganisationMixin(PermissionRequired):
    permission_required = "councils.change_reorganisation"
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def reorganisation(self) -> Reorganisation:
        found = Reorganisation.objects.select_related("made_by", "put_in_force_by", "undone_by", "discarded_by")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    @cached_property
    def successors(self) -> list[PlannedSuccessor]:
        return successors_of(self.reorganisation)

    @cached_property
    def successor(self) -> PlannedSuccessor:
        found = PlannedSuccessor.objects.select_related("continuing", "reorganisation")
        return get_object_or_404(found, reorganisation=self.reorganisation, pk=self.kwargs["successor"])

    def get_success_url(self) -> str:
        return reverse("reorganisations:detail", kwargs={"pk": self.kwargs["pk"]})


class ReorganisationDetail(ReorganisationMixin, TemplateView):
    template_name = "cpc/reorganisations/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, successors = self.reorganisation, self.successors
        return super().get_context_data(**kwargs) | {
            "reorganisation": row,
            "successors": [{"row": each, "facts": new_facts(each)} for each in successors],
            "ending": ending_councils(successors),
            "smaller": smaller_councils(successors),
            "problems": problems_of(row, successors) if row.is_draft else [],
            "past_day": PAST_DAY if row.is_draft and row.vesting_on <= timezone.localdate() else "",
        }


class ReorganisationEffect(ReorganisationMixin, TemplateView):
    """What it would do to the programme. Asked for by a post: every council is worked out three times."""

    template_name = "cpc/reorganisations/effect.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.reorganisation
        return (
            {"why_not": NOT_A_DRAFT.get(ReorganisationState(row.state), "")}
            | super().get_context_data(**kwargs)
            | {"reorganisation": row}
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.reorganisation.is_draft:
            return self.render_to_response(self.get_context_data(), status=422)
        try:
            effect = effect_of(self.reorganisation, timezone.localdate())
        except Refused as error:
            return self.render_to_response(self.get_context_data(why_not=error.message), status=422)
        return self.render_to_response(self.get_context_data(effect=effect))


# ------------------------------------------------------------------ forms


def warn_of_past_day(request: HttpRequest, reorganisation: Reorganisation) -> None:
    if reorganisation.vesting_on <= timezone.localdate():
        messages.warning(request, PAST_DAY)


class ReorganisationAdd(ServiceForm):
    permission_required = "councils.change_reorganisation"
    form_class = forms.ReorganisationForm
    title = "Enter a reorganisation"
    submit_text = "Save the draft"
    success_message = "The draft is saved. The register is as it was."

    def save(self, form: Any) -> Any:
        return services.create_reorganisation(by=self.request.user, **form.cleaned_data)

    def get_back_url(self) -> str:
        return reverse("reorganisations:list")

    def get_success_url(self) -> str:
        return reverse("reorganisations:detail", kwargs={"pk": self.saved.pk})

    def done(self, form: Any) -> HttpResponse:
        response = super().done(form)
        warn_of_past_day(self.request, self.saved)
        return response


class DraftForm(ReorganisationMixin, ServiceForm):
    """A form about one draft."""

    version_of = "reorganisation"

    def get_caption(self) -> str:
        return self.reorganisation.name

    def why_not(self) -> str:
        return NOT_A_DRAFT.get(ReorganisationState(self.reorganisation.state), "")


class ReorganisationChange(DraftForm):
    form_class = forms.ReorganisationChangeForm
    title = "Change the name, day or source"
    success_message = "The reorganisation is changed"
    changes = "reorganisation"

    def save(self, form: Any) -> Any:
        return services.change_reorganisation(
            reorganisation=self.reorganisation, by=self.request.user, **form.cleaned_data
        )

    def done(self, form: Any) -> HttpResponse:
        response = super().done(form)
        warn_of_past_day(self.request, self.saved or self.reorganisation)
        return response


class SuccessorAdd(DraftForm):
    submit_text = "Save and choose its predecessors"

    def get_back_url(self) -> str:
        return super().get_success_url()

    def get_success_url(self) -> str:
        return reverse("reorganisations:predecessors-add", kwargs={"pk": self.kwargs["pk"], "successor": self.saved.pk})


class NewCouncilAdd(SuccessorAdd):
    form_class = forms.NewCouncilForm
    title = "Add a new council"
    success_message = "The new council is added"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"council_type": "unitary"}

    def save(self, form: Any) -> Any:
        return services.add_successor(reorganisation=self.reorganisation, by=self.request.user, **form.cleaned_data)


class ContinuingAdd(SuccessorAdd):
    form_class = forms.ContinuingForm
    title = "Add a council that carries on"
    success_message = "The council is added"
    intro = (
        "A council that exists today and takes over the area of others. It stays the same council, with its peer challenges, "
        "people and history."
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"reorganisation": self.reorganisation}

    def save(self, form: Any) -> Any:
        return services.add_continuing(reorganisation=self.reorganisation, by=self.request.user, **form.cleaned_data)


class SuccessorChange(DraftForm):
    """A new council, or one that carries on: the form has the fields of its kind."""

    title = "Change a council of the reorganisation"
    success_message = "The council is changed"
    changes = "successor"

    def get_form_class(self) -> Any:
        return forms.ContinuingChangeForm if self.successor.continuing else forms.NewCouncilChangeForm

    def get_intro(self) -> str:
        return self.successor.full_name

    def save(self, form: Any) -> Any:
        return services.change_successor(
            successor=self.successor,
            facts={name: form.cleaned_data[name] for name in self.written},
            version=form.cleaned_data["version"],
            by=self.request.user,
        )


class PredecessorsAdd(DraftForm):
    form_class = forms.PredecessorsForm
    title = "Choose the councils that it follows"
    success_message = "The councils are added"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"successor": self.successor}

    def get_caption(self) -> str:
        return self.successor.full_name

    def save(self, form: Any) -> Any:
        return services.add_predecessors(
            successor=self.successor,
            predecessors=form.chosen(),
            kind=form.cleaned_data["kind"],
            by=self.request.user,
        )


# ------------------------------------------------------------------ asked once


class ReorganisationAct(ReorganisationMixin, Confirm):
    """Asks once, and does it by a service. A refusal stands where the button was."""

    template_name = "cpc/reorganisations/confirm.html"
    stays = True

    def sentences(self) -> list[str]:
        return []

    def seen_version(self) -> int:
        return self.reorganisation.version

    def get_title(self) -> str:
        return self.title.format(name=self.reorganisation.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "sentences": [] if kwargs.get("why_not") else self.sentences(),
        }


class ReorganisationPutInForce(ReorganisationAct):
    title = "Put “{name}” in force?"
    text = "All of these changes are made to the register together:"
    submit_text = "Put in force"
    success_message = "The reorganisation is in force. The due list now reflects this."

    def why_not(self) -> str:
        row = self.reorganisation
        return NOT_A_DRAFT.get(ReorganisationState(row.state), "") or " ".join(problems_of(row, self.successors))

    def sentences(self) -> list[str]:
        found = force.what_happens(self.reorganisation, self.successors)
        past = [PAST_DAY] if self.reorganisation.vesting_on <= timezone.localdate() else []
        return [*found, *past, "It can be undone until a new council has a peer challenge, a contact or anything else."]

    def perform(self) -> Any:
        return force.put_in_force(reorganisation=self.reorganisation, version=self.posted_version, by=self.request.user)


class ReorganisationUndo(ReorganisationAct):
    title = "Undo “{name}”?"
    text = "The register becomes as it was before, and the reorganisation is a draft again:"
    submit_text = "Undo"
    success_message = "The reorganisation is undone and is a draft again"
    warning = True

    def why_not(self) -> str:
        row = self.reorganisation
        if row.state != ReorganisationState.IN_FORCE:
            return "Only a reorganisation that is in force can be undone."
        return " ".join(force.why_not_undone(row))

    def sentences(self) -> list[str]:
        gone = [f"{each.full_name} is taken out of the register." for each in self.successors if each.made]
        ending = ending_councils(self.successors)
        return [*gone, *(f"{each.official_name} no longer has a last day." for each in ending)]

    def perform(self) -> Any:
        return force.undo_reorganisation(
            reorganisation=self.reorganisation, version=self.posted_version, by=self.request.user
        )


class ReorganisationDiscard(ReorganisationAct):
    title = "Discard the draft “{name}”?"
    text = "Nothing in the register is changed. The draft can still be read, and its councils can be used in another."
    submit_text = "Discard"
    success_message = "The draft is discarded"
    warning = True

    def why_not(self) -> str:
        return NOT_A_DRAFT.get(ReorganisationState(self.reorganisation.state), "")

    def perform(self) -> Any:
        return services.discard_reorganisation(
            reorganisation=self.reorganisation, version=self.posted_version, by=self.request.user
        )


class SuccessorRemove(ReorganisationAct):
    title = "Take this council out of “{name}”?"
    submit_text = "Take out"
    success_message = "The council is taken out"
    already = "This council was already taken out."
    warning = True

    def why_not(self) -> str:
        return NOT_A_DRAFT.get(ReorganisationState(self.reorganisation.state), "")

    def sentences(self) -> list[str]:
        return [f"{self.successor.full_name} is taken out, with the list of those that it follows."]

    def perform(self) -> Any:
        return services.remove_successor(
            reorganisation=self.reorganisation, successor_id=self.kwargs["successor"], by=self.request.user
        )


class PredecessorRemove(ReorganisationAct):
    title = "Take a council that is followed out of “{name}”?"
    submit_text = "Take out"
    success_message = "The council is taken out"
    already = "This council was already taken out."
    warning = True

    def why_not(self) -> str:
        return NOT_A_DRAFT.get(ReorganisationState(self.reorganisation.state), "")

    def sentences(self) -> list[str]:
        found = PlannedSuccession.objects.filter(successor__reorganisation=self.reorganisation)
        found = found.select_related("predecessor", "successor", "successor__continuing")
        planned = get_object_or_404(found, pk=self.kwargs["planned"])
        return [f"{planned.successor.full_name} does not follow {planned.predecessor.official_name}."]

    def perform(self) -> Any:
        return services.remove_predecessor(
            reorganisation=self.reorganisation, planned_id=self.kwargs["planned"], by=self.request.user
        )
