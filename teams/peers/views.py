"""Pages of the pool."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import AlreadyMoved
from cpc.components.pages import Confirm, ListPage, ServiceForm
from teams.peers import forms, queries, services
from teams.peers.models import PeerProfile


class PeerList(ListPage):
    permission_required = "teams.list_peers"
    file_name = "peers"
    columns = {
        "Name": "user.full_name",
        "Post": "post_as_printed",
        "Kind": "get_kind_display",
        "Party": "get_party_display",
        "Region": "region",
        "Last served": "last_served_on",
        "Own council’s last challenge": "own_council_last_on",
        "Profile checked": "last_confirmed_on",
    }
    template_name = "teams/peers/list.html"
    filter_form = forms.PeerFilterForm

    def get_rows(self) -> QuerySet[PeerProfile]:
        return queries.search_peers(queries.pool(self.request.user), **self.form.chosen())


class ProfileMixin(PermissionRequired):
    kwargs: dict[str, Any]
    request: Any

    @cached_property
    def profile(self) -> PeerProfile:
        return get_object_or_404(queries.pool(self.request.user), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.profile

    def get_success_url(self) -> str:
        return reverse("peers:detail", kwargs={"pk": self.profile.pk})


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


class PeerAdd(ServiceForm):
    permission_required = "teams.add_peer"
    title = "Add a peer"
    submit_text = "Add to the peer pool"
    success_message = "Added to the peer pool"
    asked = ("user",)
    form_class = forms.AddToPoolForm

    def get_form_kwargs(self) -> dict[str, Any]:
        people = queries.people_without_profile()
        if self.request.method == "POST":
            # A second press finds the person already in the pool: they are led to the profile that stands.
            people = queries.people_who_can_serve()
        return super().get_form_kwargs() | {"people": people}

    def save(self, form: Any) -> Any:
        return services.add_to_pool(user=form.cleaned_data["user"], by=self.request.user, **form.values())

    def get_success_url(self) -> str:
        return reverse("peers:detail", kwargs={"pk": self.saved.pk})

    def get_back_url(self) -> str:
        return reverse("peers:list")


class OwnProfileAdd(ServiceForm):
    permission_required = "teams.view_own_profile"
    title = "Start your peer profile"
    intro = "The LGA puts teams together from what you write here."
    success_message = "Profile saved"
    form_class = forms.ProfileForm

    def save(self, form: Any) -> Any:
        return services.add_to_pool(user=self.request.user, by=self.request.user, **form.values())

    def get_success_url(self) -> str:
        return reverse("peers:detail", kwargs={"pk": self.saved.pk})

    def get_back_url(self) -> str:
        return "/"


class PeerEdit(ProfileMixin, ServiceForm):
    permission_required = "teams.change_peer"
    success_message = "Profile saved"
    form_class = forms.ProfileForm
    changes = "profile"

    def get_title(self) -> str:
        own = self.profile.user_id == self.request.user.pk
        return "Change your peer profile" if own else f"Change the profile of {self.profile.user.full_name}"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"flags": forms.flags_of(self.profile)}

    def words_of(self, row: PeerProfile, name: str) -> Any:
        return ", ".join(row.skill_labels) if name == "skills" else super().words_of(row, name)

    def save(self, form: Any) -> Any:
        version = form.cleaned_data["version"]
        return services.change_profile(profile=self.profile, version=version, by=self.request.user, **form.values())


class WindowAdd(ProfileMixin, ServiceForm):
    permission_required = "teams.change_peer"
    form_class = forms.WindowForm
    title = "Add days free to serve"
    submit_text = "Add these days"
    success_message = "Days added"

    def save(self, form: Any) -> Any:
        return services.add_window(profile=self.profile, by=self.request.user, **form.cleaned_data)


class PeerConfirm(ProfileMixin, Confirm):
    permission_required = "teams.confirm_peer"
    refusal_reason = "Only the person themselves can say that their profile is right."
    title = "Is your profile still right?"
    text = "The LGA will see that you looked at it today."
    submit_text = "Yes, it is right"
    success_message = "Thank you. Your profile is marked as right today."

    def perform(self) -> Any:
        return services.confirm_profile(profile=self.profile, by=self.request.user)


class PeerAsk(ProfileMixin, Confirm):
    permission_required = "teams.ask_peer"
    submit_text = "Ask them"
    text = "They will get an email with a link to their profile."
    success_message = "Email sent"

    def get_title(self) -> str:
        return f"Ask {self.profile.user.full_name} to check their profile?"

    def perform(self) -> Any:
        return services.ask_to_confirm(profile=self.profile, by=self.request.user)


class WindowRemove(ProfileMixin, Confirm):
    permission_required = "teams.change_peer"
    title = "Take these days off the profile?"
    submit_text = "Take them off"
    success_message = "Dates removed"

    def get_text(self) -> str:
        window = self.profile.windows.filter(pk=self.kwargs["window"]).first()
        return str(window) if window else "These days were already taken off."

    def perform(self) -> Any:
        window = self.profile.windows.filter(pk=self.kwargs["window"]).first()
        if window is None:
            raise AlreadyMoved("These days were already taken off.")
        return services.remove_window(window=window, by=self.request.user)
