"""Pages of reorganisations: entered as a draft, looked at, put in force, undone."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from councils.models import PlannedSuccession, PlannedSuccessor, Reorganisation, ReorganisationState
from councils.reorganisations import enactment as force
from councils.reorganisations import services
from councils.reorganisations.queries import (
    day_text,
    ending_councils,
    new_facts,
    problems_of,
    reorganisations,
    smaller_councils,
    successors_of,
)
from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import Refused, Stale
from cpc.components.forms import Form, VersionField
from cpc.reorganisations import forms
from cpc.reorganisations.queries import effect_of

PAGE_SIZE = 25
NOT_A_DRAFT = {
    ReorganisationState.IN_FORCE: "This reorganisation is in force. Undo that before you change it.",
    ReorganisationState.DISCARDED: "This reorganisation was discarded. Enter a new one.",
}
PAST_DAY = "The vesting day is not after today: what is recorded is history. Check that the day is right."


class ReorganisationList(PermissionRequired, TemplateView):
    permission_required = "councils.change_reorganisation"
    template_name = "cpc/reorganisations/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(reorganisations(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {"page_obj": page}


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

    def detail_url(self) -> str:
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


class ReorganisationFormPage(PermissionRequired, TemplateView):
    """A form, saved by a service. What was typed stays, whatever the answer is."""

    permission_required = "councils.change_reorganisation"
    template_name = "components/form_page.html"
    form_class: Any = None
    title = caption = success_message = ""
    submit_text = "Save"
    request: Any

    def make_form(self, *args: Any, **kwargs: Any) -> Any:
        return self.form_class(*args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {}

    def save(self, form: Any) -> Any:
        raise ImproperlyConfigured(f"{type(self).__name__} does nothing.")

    def why_not(self) -> str:
        """Why there is no form here; empty when there is."""
        return ""

    def current_texts(self) -> dict[str, Any]:
        """Label -> what is saved now, for somebody whose page was stale."""
        return {}

    def current_version(self) -> int:
        return 0

    def detail_url(self) -> str:
        return reverse("reorganisations:list")

    def done_url(self) -> str:
        return self.detail_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "title": self.title,
            "caption": self.caption,
            "submit_text": self.submit_text,
            "back_url": self.detail_url(),
        } | super().get_context_data(**kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(initial=self.get_initial())
        return self.render_to_response(self.get_context_data(form=form, why_not=self.why_not()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            self.saved = self.save(form)
        except Stale as error:
            form.add_error(None, error.message)
            # The next press of the button is a decision made knowing both texts: it carries the new version.
            form.data = form.data.copy()
            form.data["version"] = str(self.current_version())
            context = self.get_context_data(form=form, stale_texts=self.current_texts())
            return self.render_to_response(context, status=409)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        self.tell()
        return redirect(self.done_url())

    def tell(self) -> None:
        messages.success(self.request, self.success_message)


class ReorganisationAdd(ReorganisationFormPage):
    form_class = forms.ReorganisationForm
    title = "Enter a reorganisation"
    submit_text = "Save the draft"
    success_message = "The draft is saved. The register is as it was."
    saved: Any

    def save(self, form: Any) -> Any:
        return services.create_reorganisation(by=self.request.user, **form.cleaned_data)

    def done_url(self) -> str:
        return reverse("reorganisations:detail", kwargs={"pk": self.saved.pk})

    def tell(self) -> None:
        super().tell()
        if self.saved.vesting_on <= timezone.localdate():
            messages.warning(self.request, PAST_DAY)


class DraftForm(ReorganisationMixin, ReorganisationFormPage):
    """A form about one draft."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"caption": self.reorganisation.name}

    def why_not(self) -> str:
        return NOT_A_DRAFT.get(ReorganisationState(self.reorganisation.state), "")

    def current_version(self) -> int:
        self.reorganisation.refresh_from_db()
        return self.reorganisation.version


class ReorganisationChange(DraftForm):
    form_class = forms.ReorganisationChangeForm
    title = "Change the name, day or source"
    success_message = "The reorganisation is changed"

    def get_initial(self) -> dict[str, Any]:
        row = self.reorganisation
        return {
            "name": row.name,
            "vesting_on": row.vesting_on,
            "source": row.source,
            "notes": row.notes,
            "version": row.version,
        }

    def current_texts(self) -> dict[str, Any]:
        row = self.reorganisation
        return {
            "Name": row.name,
            "Vesting day": day_text(row.vesting_on),
            "Where it is decided": row.source,
            "Notes": row.notes,
        }

    def save(self, form: Any) -> Any:
        return services.change_reorganisation(
            reorganisation=self.reorganisation, by=self.request.user, **form.cleaned_data
        )

    def tell(self) -> None:
        super().tell()
        if self.saved.vesting_on <= timezone.localdate():
            messages.warning(self.request, PAST_DAY)


class NewCouncilAdd(DraftForm):
    form_class = forms.NewCouncilForm
    title = "Add a new council"
    submit_text = "Save and choose whom it follows"
    success_message = "The new council is added"

    def get_initial(self) -> dict[str, Any]:
        return {"council_type": "unitary"}

    def save(self, form: Any) -> Any:
        return services.add_successor(reorganisation=self.reorganisation, by=self.request.user, **form.cleaned_data)

    def done_url(self) -> str:
        return reverse("reorganisations:predecessors-add", kwargs={"pk": self.kwargs["pk"], "successor": self.saved.pk})


class ContinuingAdd(DraftForm):
    form_class = forms.ContinuingForm
    title = "Add a council that carries on"
    submit_text = "Save and choose whom it follows"
    success_message = "The council is added"

    def make_form(self, *args: Any, **kwargs: Any) -> Any:
        return self.form_class(*args, reorganisation=self.reorganisation, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        intro = (
            "One of today's councils that takes over the area of others. It stays the same council, with its peer "
            "challenges, people and history."
        )
        return super().get_context_data(**kwargs) | {"intro": intro}

    def save(self, form: Any) -> Any:
        return services.add_continuing(reorganisation=self.reorganisation, by=self.request.user, **form.cleaned_data)

    def done_url(self) -> str:
        return reverse("reorganisations:predecessors-add", kwargs={"pk": self.kwargs["pk"], "successor": self.saved.pk})


class SuccessorChange(DraftForm):
    """A new council, or one that carries on: the form has the fields of its kind."""

    title = "Change a council of the reorganisation"
    success_message = "The council is changed"

    def make_form(self, *args: Any, **kwargs: Any) -> Any:
        of_kind = forms.ContinuingChangeForm if self.successor.continuing else forms.NewCouncilChangeForm
        return of_kind(*args, **kwargs)

    def fields(self) -> list[str]:
        names = ["name", "official_name", "council_type"]
        return names if self.successor.continuing else [*names, "region", "slug"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"intro": self.successor.full_name}

    def get_initial(self) -> dict[str, Any]:
        facts = {name: getattr(self.successor, name) for name in self.fields()}
        return facts | {"version": self.reorganisation.version}

    def current_texts(self) -> dict[str, Any]:
        row = self.successor
        row.refresh_from_db()
        texts = {"Name": row.name, "Official name": row.official_name, "Type": row.get_council_type_display()}
        return texts if row.continuing else texts | {"Region": row.region, "Name in addresses": row.slug}

    def save(self, form: Any) -> Any:
        return services.change_successor(
            successor=self.successor,
            facts={name: form.cleaned_data[name] for name in self.fields()},
            version=form.cleaned_data["version"],
            by=self.request.user,
        )


class PredecessorsAdd(DraftForm):
    form_class = forms.PredecessorsForm
    title = "Choose the councils that it follows"
    success_message = "The councils are added"

    def make_form(self, *args: Any, **kwargs: Any) -> Any:
        return self.form_class(*args, successor=self.successor, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"caption": self.successor.full_name}

    def save(self, form: Any) -> Any:
        return services.add_predecessors(
            successor=self.successor,
            predecessors=form.chosen(),
            kind=form.cleaned_data["kind"],
            by=self.request.user,
        )


# ------------------------------------------------------------------ asked once


class ReorganisationAct(ReorganisationMixin, TemplateView):
    """Asks once, and does it by a service. A refusal stands where the button was."""

    template_name = "cpc/reorganisations/confirm.html"
    title = text = submit_text = success_message = ""
    # What a second press is told.
    already = ""
    warning = False

    def act(self) -> Any:
        raise ImproperlyConfigured(f"{type(self).__name__} does nothing.")

    def why_not(self) -> str:
        return ""

    def sentences(self) -> list[str]:
        return []

    def version(self) -> int:
        """What the person had read."""
        return VersionField().clean(self.request.POST.get("version"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.reorganisation
        return {
            "title": self.title.format(name=row.name),
            "text": self.text,
            "submit_text": self.submit_text,
            "warning": self.warning,
            "back_url": self.detail_url(),
            "hidden": {"version": row.version},
        } | super().get_context_data(**kwargs)

    def asked(self, **more: Any) -> dict[str, Any]:
        why_not = self.why_not()
        return self.get_context_data(why_not=why_not, sentences=[] if why_not else self.sentences(), **more)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.asked())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            done = self.act()
        except Stale as error:
            # What is said now is read anew: the next press is a decision made knowing it.
            self.reorganisation.refresh_from_db()
            form = Form({})
            form.is_valid()
            form.add_error(None, error.message)
            return self.render_to_response(self.asked(form=form), status=409)
        except Refused as error:
            return self.render_to_response(self.get_context_data(why_not=error.message), status=422)
        if done is False:
            messages.warning(request, self.already)
        else:
            messages.success(request, self.success_message)
        return redirect(self.detail_url())


class ReorganisationPutInForce(ReorganisationAct):
    title = "Put “{name}” in force?"
    text = "The register is changed at once, whole or not at all:"
    submit_text = "Put in force"
    success_message = "The reorganisation is in force. The due list tells of it from now on."

    def why_not(self) -> str:
        row = self.reorganisation
        return NOT_A_DRAFT.get(ReorganisationState(row.state), "") or " ".join(problems_of(row, self.successors))

    def sentences(self) -> list[str]:
        found = force.what_happens(self.reorganisation, self.successors)
        past = [PAST_DAY] if self.reorganisation.vesting_on <= timezone.localdate() else []
        return [*found, *past, "It can be undone until a new council has a peer challenge, a contact or anything else."]

    def act(self) -> Any:
        return force.put_in_force(reorganisation=self.reorganisation, version=self.version(), by=self.request.user)


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

    def act(self) -> Any:
        return force.undo_reorganisation(
            reorganisation=self.reorganisation, version=self.version(), by=self.request.user
        )


class ReorganisationDiscard(ReorganisationAct):
    title = "Discard the draft “{name}”?"
    text = "Nothing in the register is changed. The draft can still be read, and its councils can stand in another."
    submit_text = "Discard"
    success_message = "The draft is discarded"
    warning = True

    def why_not(self) -> str:
        return NOT_A_DRAFT.get(ReorganisationState(self.reorganisation.state), "")

    def act(self) -> Any:
        return services.discard_reorganisation(
            reorganisation=self.reorganisation, version=self.version(), by=self.request.user
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

    def act(self) -> Any:
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

    def act(self) -> Any:
        return services.remove_predecessor(
            reorganisation=self.reorganisation, planned_id=self.kwargs["planned"], by=self.request.user
        )
