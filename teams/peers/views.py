"""Pages of the pool."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import Refused, Stale
from teams.peers import forms, queries, services
from teams.peers.models import PeerProfile

PER_PAGE = 25


def query_without_page(request: HttpRequest) -> str:
    """The filters as they stand, for the links to the other pages."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


class PeerList(PermissionRequired, TemplateView):
    permission_required = "teams.list_peers"
    template_name = "teams/peers/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = forms.PeerFilterForm(self.request.GET)
        peers = queries.search_peers(queries.pool(self.request.user), **form.chosen())
        page = Paginator(peers, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {
            "form": form,
            "page_obj": page,
            "query_string": query_without_page(self.request),
        }


class ProfileMixin(PermissionRequired):
    kwargs: dict[str, Any]
    request: Any

    @cached_property
    def profile(self) -> PeerProfile:
        return get_object_or_404(queries.pool(self.request.user), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.profile


class PeerDetail(ProfileMixin, TemplateView):
    permission_required = "teams.view_peer"
    template_name = "teams/peers/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "profile": self.profile,
            "windows": list(self.profile.windows.all()),
            "service": queries.service_record(self.profile, self.request.user),
            "is_own": self.profile.user_id == self.request.user.pk,
        }


class OwnProfile(PermissionRequired, TemplateView):
    """Where mails lead: the person's own profile, or the form that makes one."""

    permission_required = "teams.view_own_profile"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        profile = PeerProfile.objects.filter(user=request.user.pk).first()
        return redirect("peers:detail", pk=profile.pk) if profile else redirect("peers:add-own")


class PeerFormPage(PermissionRequired, TemplateView):
    """A form about one profile, with refusals beside the field and both texts of a stale save."""

    template_name = "components/form_page.html"
    form_class: Any = forms.ProfileForm
    title = ""
    intro = ""
    submit_text = "Save"
    success_message = "Saved"
    saved: Any = None

    def get_initial(self) -> dict[str, Any]:
        return {}

    def get_form(self, data: Any = None) -> Any:
        return self.form_class(data, initial=self.get_initial())

    def save(self, form: Any) -> Any:
        raise NotImplementedError

    def get_back_url(self) -> str:
        return self.get_success_url()

    def get_success_url(self) -> str:
        raise NotImplementedError

    def get_title(self) -> str:
        return self.title

    def current(self) -> PeerProfile | None:
        """The row as it stands now, for a stale save."""
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.get_title(),
            "intro": self.intro,
            "submit_text": self.submit_text,
            "back_url": self.get_back_url(),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=self.get_form()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            self.saved = self.save(form)
        except Stale as error:
            form.add_error(None, error.message)
            return self.render_to_response(
                self.get_context_data(form=self.refreshed(form), stale_texts=self.current_texts()), status=409
            )
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        messages.success(request, self.success_message)
        return HttpResponseRedirect(self.get_success_url())

    def refreshed(self, form: Any) -> Any:
        """The typed form with the row's current version: the next press is a decision made knowing both texts."""
        current = self.current()
        if current is not None:
            form.data = form.data.copy()
            form.data["version"] = str(current.version)
        return form

    def current_texts(self) -> dict[str, Any]:
        current = self.current()
        if current is None:
            return {}
        return {
            "Kind of peer": current.get_kind_display(),
            "Post": current.current_post,
            "Party": current.get_party_display(),
            "Region": current.region,
            "Skills and experience": ", ".join(current.skill_labels),
            "Anything else they bring": current.other_skills,
            "Training": current.training,
        }


class PeerAdd(PeerFormPage):
    permission_required = "teams.add_peer"
    title = "Add somebody to the pool"
    submit_text = "Add to the pool"
    success_message = "Added to the pool"

    def get_form(self, data: Any = None) -> Any:
        people = queries.people_without_profile()
        if data is not None:
            # A second press finds the person already in the pool: they are led to the profile that stands.
            people = queries.people_who_can_serve()
        return forms.AddToPoolForm(data, initial={"user": self.request.GET.get("user")}, people=people)

    def save(self, form: Any) -> Any:
        return services.add_to_pool(user=form.cleaned_data["user"], by=self.request.user, **form.values())

    def get_success_url(self) -> str:
        return reverse("peers:detail", kwargs={"pk": self.saved.pk})

    def get_back_url(self) -> str:
        return reverse("peers:list")


class OwnProfileAdd(PeerFormPage):
    permission_required = "teams.view_own_profile"
    title = "Start your peer profile"
    intro = "The LGA puts teams together from what you write here."
    success_message = "Profile saved"

    def save(self, form: Any) -> Any:
        return services.add_to_pool(user=self.request.user, by=self.request.user, **form.values())

    def get_success_url(self) -> str:
        return reverse("peers:detail", kwargs={"pk": self.saved.pk})

    def get_back_url(self) -> str:
        return "/"


class PeerEdit(ProfileMixin, PeerFormPage):
    permission_required = "teams.change_peer"
    success_message = "Profile saved"

    def get_title(self) -> str:
        own = self.profile.user_id == self.request.user.pk
        return "Change your peer profile" if own else f"Change the profile of {self.profile.user.full_name}"

    def get_initial(self) -> dict[str, Any]:
        return forms.ProfileForm.initial_of(self.profile)

    def save(self, form: Any) -> Any:
        version = form.cleaned_data["version"]
        return services.change_profile(profile=self.profile, version=version, by=self.request.user, **form.values())

    def current(self) -> PeerProfile:
        return PeerProfile.objects.get(pk=self.profile.pk)

    def get_success_url(self) -> str:
        return reverse("peers:detail", kwargs={"pk": self.profile.pk})


class WindowAdd(ProfileMixin, PeerFormPage):
    permission_required = "teams.change_peer"
    form_class = forms.WindowForm
    title = "Add days free to serve"
    submit_text = "Add these days"
    success_message = "Days added"

    def save(self, form: Any) -> Any:
        return services.add_window(profile=self.profile, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("peers:detail", kwargs={"pk": self.profile.pk})


class PeerAction(ProfileMixin, TemplateView):
    """Something done to a profile by one press; GET asks first."""

    template_name = "components/confirm_page.html"
    title = ""
    text = ""
    submit_text = "Confirm"
    success_message = "Done"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "text": self.text,
            "submit_text": self.submit_text,
            "warning": False,
            "back_url": self.get_success_url(),
        }

    def perform(self) -> Any:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.perform()
        except Refused as error:
            messages.warning(request, error.message)
        else:
            messages.success(request, self.success_message)
        return HttpResponseRedirect(self.get_success_url())

    def get_success_url(self) -> str:
        return reverse("peers:detail", kwargs={"pk": self.profile.pk})


class PeerConfirm(PeerAction):
    permission_required = "teams.confirm_peer"
    refusal_reason = "Only the person themselves can say that their profile is right."
    title = "Is your profile still right?"
    text = "The LGA will see that you looked at it today."
    submit_text = "Yes, it is still right"
    success_message = "Thank you. Your profile is marked as right today."

    def perform(self) -> Any:
        return services.confirm_profile(profile=self.profile, by=self.request.user)


class PeerAsk(PeerAction):
    permission_required = "teams.ask_peer"
    submit_text = "Ask them"
    text = "They get a mail with a link to their profile."
    success_message = "Asked by mail"

    def get_title(self) -> str:
        return f"Ask {self.profile.user.full_name} whether their profile is still right?"

    def perform(self) -> Any:
        return services.ask_to_confirm(profile=self.profile, by=self.request.user)


class WindowRemove(PeerAction):
    permission_required = "teams.change_peer"
    title = "Take these days off the profile?"
    submit_text = "Take them off"
    success_message = "Days taken off"

    def get_text(self) -> str:
        window = self.profile.windows.filter(pk=self.kwargs["window"]).first()
        return str(window) if window else "These days were already taken off."

    def perform(self) -> Any:
        window = self.profile.windows.filter(pk=self.kwargs["window"]).first()
        if window is None:
            raise Refused("These days were already taken off.")
        return services.remove_window(window=window, by=self.request.user)
