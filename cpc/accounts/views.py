"""Pages of people, invitations and one's own account."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from cpc.accounts import forms, queries, services
from cpc.accounts.errors import InvitationClosed, InvitationWaits
from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.models import Invitation, User
from cpc.components.errors import Refused
from cpc.components.pages import Confirm, ListPage, ServiceForm


class PeopleList(ListPage):
    permission_required = "cpc.view_user"
    file_name = "people"
    columns = {
        "Name": "full_name",
        "Address": "email",
        "Role": "get_role_display",
        "Council": "council.name",
        "Active": lambda person: "Yes" if person.is_active else "No",
        "Last signed in": "last_login",
    }
    template_name = "cpc/accounts/list.html"
    filter_form = forms.PeopleFilterForm

    def get_rows(self) -> QuerySet[User]:
        return queries.search_people(self.request.user, **self.form.chosen())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = queries.waiting_invitations(self.request.user).count()
        return super().get_context_data(**kwargs) | {"waiting": waiting}


class InvitationList(ListPage):
    permission_required = "cpc.view_user"
    file_name = "invitations"
    columns = {
        "Name": "full_name",
        "Address": "email",
        "Role": "get_role_display",
        "Council": "council.name",
        "Sent": "sent_at",
        "Sent by": "sent_by.full_name",
        "Link works until": "expires_at",
    }
    template_name = "cpc/accounts/invitations.html"

    def get_rows(self) -> QuerySet[Invitation]:
        return queries.waiting_invitations(self.request.user)


class UserInvite(ServiceForm):
    permission_required = "cpc.invite_user"
    template_name = "cpc/accounts/invite.html"
    form_class = forms.InviteForm
    title = "Invite someone"
    submit_text = "Send the invitation"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_success_url(self) -> str:
        return reverse("accounts:user-list")

    def save(self, form: Any) -> Invitation:
        return services.invite_user(
            email=form.cleaned_data["email"],
            full_name=form.cleaned_data["full_name"],
            job_title=form.cleaned_data["job_title"],
            role=form.cleaned_data["role"],
            council=form.chosen_council(),
            by=self.request.user,
        )

    def get_success_message(self, form: Any) -> str:
        return f"An invitation is on its way to {self.saved.email}"

    def refused(self, form: Any, error: Refused) -> HttpResponse:
        if isinstance(error, InvitationWaits):
            self.extra_context = {"waiting_invitation": error.invitation}
        return super().refused(form, error)


class InvitationPage(Confirm):
    permission_required = "cpc.manage_invitation"

    @cached_property
    def invitation(self) -> Invitation:
        return get_object_or_404(Invitation.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.invitation

    def get_success_url(self) -> str:
        return reverse("accounts:invitation-list")


class InvitationResend(InvitationPage):
    title = "Send the invitation again"
    submit_text = "Send it again"

    def get_text(self) -> str:
        return (
            f"{self.invitation.full_name} gets a new link at {self.invitation.email}. "
            "The link they were sent before stops working."
        )

    def hidden(self) -> dict[str, Any]:
        return {"sending": self.invitation.sending}

    def perform(self) -> None:
        services.resend_invitation(
            invitation=self.invitation, sending=self.request.POST.get("sending", ""), by=self.request.user
        )

    def get_success_message(self) -> str:
        return f"The invitation is on its way to {self.invitation.email} again"


class InvitationWithdraw(InvitationPage):
    title = "Withdraw the invitation"
    warning = True
    submit_text = "Withdraw the invitation"

    def get_text(self) -> str:
        return f"The link that {self.invitation.full_name} was sent stops working at once."

    def perform(self) -> None:
        services.withdraw_invitation(invitation=self.invitation, by=self.request.user)

    def get_success_message(self) -> str:
        return f"The invitation of {self.invitation.full_name} is withdrawn"


class PersonMixin(PermissionRequired):
    kwargs: dict[str, Any]

    @cached_property
    def person(self) -> User:
        people = User.objects.visible_to(self.request.user).select_related("council", "deactivated_by")
        return get_object_or_404(people, pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.person

    def get_success_url(self) -> str:
        return reverse("accounts:user-detail", kwargs={"pk": self.person.pk})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"person": self.person}  # type: ignore[misc]


class UserDetail(PersonMixin, TemplateView):
    permission_required = "cpc.view_user"
    template_name = "cpc/accounts/detail.html"
    refusal_reason = "You manage the people of your own council in council roles only."


class UserDeactivate(PersonMixin, Confirm):
    permission_required = "cpc.deactivate_user"
    submit_text = "Deactivate"
    text = (
        "They are signed out at once and cannot sign in again. Invitations that they sent and no one has accepted are "
        "withdrawn. What they did stays on record, and the account can be reactivated."
    )
    warning = True
    refusal_reason = "You cannot deactivate this account."

    def get_title(self) -> str:
        return f"Deactivate {self.person.full_name}"

    def perform(self) -> None:
        services.deactivate_user(user=self.person, by=self.request.user)

    def get_success_message(self) -> str:
        return f"{self.person.full_name} is deactivated"


class UserReactivate(PersonMixin, Confirm):
    permission_required = "cpc.deactivate_user"
    text = "They can sign in again with the password they had."
    submit_text = "Reactivate"
    refusal_reason = "You cannot reactivate this account."

    def get_title(self) -> str:
        return f"Reactivate {self.person.full_name}"

    def perform(self) -> None:
        services.reactivate_user(user=self.person, by=self.request.user)

    def get_success_message(self) -> str:
        return f"{self.person.full_name} is active again"


class UserChangeRole(PersonMixin, ServiceForm):
    permission_required = "cpc.change_role"
    form_class = forms.RoleForm
    submit_text = "Change the role"
    refusal_reason = "You cannot change the role of this account."
    changes = "person"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_title(self) -> str:
        return f"Change the role of {self.person.full_name}"

    def save(self, form: Any) -> User:
        return services.change_role(
            user=self.person,
            role=form.cleaned_data["role"],
            council=form.chosen_council(),
            version=form.cleaned_data["version"],
            by=self.request.user,
        )

    def get_success_message(self, form: Any) -> str:
        return f"The role of {self.person.full_name} is changed"


class AccountHub(PermissionRequired, TemplateView):
    permission_required = "cpc.change_own_profile"
    template_name = "cpc/accounts/hub.html"


class ProfileEdit(ServiceForm):
    permission_required = "cpc.change_own_profile"
    form_class = forms.ProfileForm
    title = "Change your details"
    success_message = "Your details are saved"
    changes = "person"

    @cached_property
    def person(self) -> User:
        return User.objects.get(pk=self.request.user.pk)

    def get_success_url(self) -> str:
        return reverse("accounts:hub")

    def save(self, form: Any) -> User:
        return services.change_profile(user=self.person, by=self.request.user, **form.cleaned_data)


@method_decorator(login_not_required, name="dispatch")
class InvitationAccept(ServiceForm):
    """Public: whoever holds the link makes the account. Each reason why a link is dead has its own page."""

    template_name = "cpc/accounts/accept.html"
    form_class = forms.AcceptForm
    title = "Set up your account"
    submit_text = "Set up the account"
    success_message = "Your account is ready. Sign in with your email address and the password you chose."

    def closed(self, error: InvitationClosed) -> HttpResponse:
        status = 404 if error.reason == "unknown" else 410
        return self.response_class(
            request=self.request,
            template="cpc/accounts/invitation_closed.html",
            context={"title": error.message.rstrip("."), "reason": error.reason},
            status=status,
        )

    def somebody_signed_in(self) -> HttpResponse:
        """On a shared computer: the new person must not go on with the rights of whoever sat there before."""
        return self.response_class(
            request=self.request,
            template="cpc/accounts/somebody_signed_in.html",
            context={"invitation": self.invitation},
            status=200 if self.request.method == "GET" else 409,
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            self.invitation = services.open_invitation(kwargs["token"])
            if request.user.is_authenticated:
                return self.somebody_signed_in()
            return super().dispatch(request, *args, **kwargs)
        except InvitationClosed as error:
            return self.closed(error)

    def check_permission(self) -> None:
        """Whoever holds the link may."""

    def get_initial(self) -> dict[str, Any]:
        return {"full_name": self.invitation.full_name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"invitation": self.invitation}

    def get_back_url(self) -> str:
        return ""

    def get_success_url(self) -> str:
        return reverse("account_login")

    def save(self, form: Any) -> User:
        return services.accept_invitation(
            token=self.kwargs["token"],
            full_name=form.cleaned_data["full_name"],
            password=form.cleaned_data["password"],
        )

    def refused(self, form: Any, error: Refused) -> HttpResponse:
        return self.closed(error) if isinstance(error, InvitationClosed) else super().refused(form, error)
