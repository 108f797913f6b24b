"""Pages of people, invitations and one's own account."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from cpc.accounts import forms, queries, services
from cpc.accounts.errors import InvitationClosed, InvitationWaits
from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.models import Invitation, User
from cpc.components.errors import Refused, Stale

PER_PAGE = 25


class PeopleList(PermissionRequired, TemplateView):
    permission_required = "cpc.view_user"
    template_name = "cpc/accounts/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = forms.PeopleFilterForm(self.request.GET)
        chosen = form.chosen()
        page = Paginator(queries.search_people(self.request.user, **chosen), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        asked = {"q": chosen["text"], "role": chosen["role"]}
        return super().get_context_data(**kwargs) | {
            "form": form,
            "page_obj": page,
            "query_string": urlencode({name: value for name, value in asked.items() if value}),
            "waiting": queries.waiting_invitations(self.request.user).count(),
        }


class InvitationList(PermissionRequired, TemplateView):
    permission_required = "cpc.view_user"
    template_name = "cpc/accounts/invitations.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = queries.waiting_invitations(self.request.user)
        page = Paginator(found, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {"page_obj": page}


class FormPage(PermissionRequired, TemplateView):
    """A form saved by a service. Refusals stand beside their field; nothing typed is lost."""

    template_name = "components/form_page.html"
    form_class: Any = None
    title = ""
    submit_text = "Save"

    def get_initial(self) -> dict[str, Any]:
        return {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {}

    def get_form(self, data: Any = None) -> Any:
        return self.form_class(data, initial=self.get_initial(), **self.get_form_kwargs())

    def get_url(self) -> str:
        """Where the page leads, saved or not."""
        raise NotImplementedError

    def save(self, form: Any) -> str:
        """Call the service; the sentence that says what was done."""
        raise NotImplementedError

    def current(self) -> tuple[dict[str, str], int]:
        """What stands in the database now, and its version; for a stale save."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {"title": self.title, "submit_text": self.submit_text, "back_url": self.get_url()} | context

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=self.get_form()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(request.POST)
        extra: dict[str, Any] = {}
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            done = self.save(form)
        except Stale as error:
            texts, version = self.current()
            # The next press of the button is a decision made knowing both texts: it carries the new version.
            form.data = form.data.copy()
            form.data["version"] = str(version)
            form.add_error(None, error.message)
            return self.render_to_response(self.get_context_data(form=form, stale_texts=texts), status=409)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            if isinstance(error, InvitationWaits) and error.invitation:
                extra["waiting_invitation"] = error.invitation
            return self.render_to_response(self.get_context_data(form=form, **extra), status=422)
        messages.success(request, done)
        return HttpResponseRedirect(self.get_url())


class ConfirmPage(PermissionRequired, TemplateView):
    """Asks once, then calls a service. A second click is told kindly."""

    template_name = "components/confirm_page.html"
    title = ""
    text = ""
    submit_text = ""
    warning = True

    def get_url(self) -> str:
        raise NotImplementedError

    def act(self) -> str:
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "text": self.text,
            "submit_text": self.submit_text,
            "warning": self.warning,
            "back_url": self.get_url(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            messages.success(request, self.act())
        except Refused as error:
            messages.warning(request, error.message)
        return HttpResponseRedirect(self.get_url())


class UserInvite(FormPage):
    permission_required = "cpc.invite_user"
    template_name = "cpc/accounts/invite.html"
    form_class = forms.InviteForm
    title = "Invite somebody"
    submit_text = "Send the invitation"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def get_url(self) -> str:
        return reverse("accounts:user-list")

    def save(self, form: Any) -> str:
        invitation = services.invite_user(
            email=form.cleaned_data["email"],
            full_name=form.cleaned_data["full_name"],
            job_title=form.cleaned_data["job_title"],
            role=form.cleaned_data["role"],
            council=form.chosen_council(),
            by=self.request.user,
        )
        return f"An invitation is on its way to {invitation.email}"


class InvitationPage(ConfirmPage):
    permission_required = "cpc.manage_invitation"

    @cached_property
    def invitation(self) -> Invitation:
        return get_object_or_404(Invitation.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.invitation

    def get_url(self) -> str:
        return reverse("accounts:invitation-list")


class InvitationResend(InvitationPage):
    title = "Send the invitation again"
    submit_text = "Send it again"
    warning = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "text": f"{self.invitation.full_name} gets a new link at {self.invitation.email}. "
            "The link they were sent before stops working.",
            "hidden": {"sending": self.invitation.sending},
        }

    def act(self) -> str:
        services.resend_invitation(
            invitation=self.invitation, sending=self.request.POST.get("sending", ""), by=self.request.user
        )
        return f"The invitation is on its way to {self.invitation.email} again"


class InvitationWithdraw(InvitationPage):
    title = "Withdraw the invitation"
    submit_text = "Withdraw the invitation"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "text": f"The link that {self.invitation.full_name} was sent stops working at once."
        }

    def act(self) -> str:
        services.withdraw_invitation(invitation=self.invitation, by=self.request.user)
        return f"The invitation of {self.invitation.full_name} is withdrawn"


class PersonMixin(PermissionRequired):
    kwargs: dict[str, Any]

    @cached_property
    def person(self) -> User:
        people = User.objects.visible_to(self.request.user).select_related("council", "deactivated_by")
        return get_object_or_404(people, pk=self.kwargs["pk"])

    def get_permission_object(self) -> Any:
        return self.person

    def get_url(self) -> str:
        return reverse("accounts:user-detail", kwargs={"pk": self.person.pk})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"person": self.person}  # type: ignore[misc]


class UserDetail(PersonMixin, TemplateView):
    permission_required = "cpc.view_user"
    template_name = "cpc/accounts/detail.html"
    refusal_reason = "You manage the people of your own council in council roles only."


class UserDeactivate(PersonMixin, ConfirmPage):
    permission_required = "cpc.deactivate_user"
    submit_text = "Deactivate"
    refusal_reason = "You cannot deactivate this account."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": f"Deactivate {self.person.full_name}",
            "text": "They are signed out at once and cannot sign in again. Invitations that they sent and nobody has "
            "accepted are withdrawn. What they did stays on record, and the account can be reactivated.",
        }

    def act(self) -> str:
        services.deactivate_user(user=self.person, by=self.request.user)
        return f"{self.person.full_name} is deactivated"


class UserReactivate(PersonMixin, ConfirmPage):
    permission_required = "cpc.deactivate_user"
    submit_text = "Reactivate"
    warning = False
    refusal_reason = "You cannot reactivate this account."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": f"Reactivate {self.person.full_name}",
            "text": "They can sign in again with the password they had.",
        }

    def act(self) -> str:
        services.reactivate_user(user=self.person, by=self.request.user)
        return f"{self.person.full_name} is active again"


class UserChangeRole(PersonMixin, FormPage):
    permission_required = "cpc.change_role"
    form_class = forms.RoleForm
    submit_text = "Change the role"
    refusal_reason = "You cannot change the role of this account."

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        return {"role": self.person.role, "council": self.person.council_id, "version": self.person.version}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"title": f"Change the role of {self.person.full_name}"}

    def current(self) -> tuple[dict[str, str], int]:
        now = User.objects.select_related("council").get(pk=self.person.pk)
        return {"Role": now.get_role_display(), "Council": str(now.council or "")}, now.version

    def save(self, form: Any) -> str:
        services.change_role(
            user=self.person,
            role=form.cleaned_data["role"],
            council=form.chosen_council(),
            version=form.cleaned_data["version"],
            by=self.request.user,
        )
        return f"The role of {self.person.full_name} is changed"


class AccountHub(PermissionRequired, TemplateView):
    permission_required = "cpc.change_own_profile"
    template_name = "cpc/accounts/hub.html"


class ProfileEdit(FormPage):
    permission_required = "cpc.change_own_profile"
    form_class = forms.ProfileForm
    title = "Change your details"

    def get_initial(self) -> dict[str, Any]:
        names = ("full_name", "job_title", "phone", "version")
        return {name: getattr(self.request.user, name) for name in names}

    def get_url(self) -> str:
        return reverse("accounts:hub")

    def current(self) -> tuple[dict[str, str], int]:
        now = User.objects.get(pk=self.request.user.pk)
        return {"Full name": now.full_name, "Job title": now.job_title, "Phone number": now.phone}, now.version

    def save(self, form: Any) -> str:
        services.change_profile(user=self.request.user, by=self.request.user, **form.cleaned_data)
        return "Your details are saved"


@method_decorator(login_not_required, name="dispatch")
class InvitationAccept(TemplateView):
    """Public: whoever holds the link makes the account. Each reason why a link is dead has its own page."""

    template_name = "cpc/accounts/accept.html"

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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = forms.AcceptForm(initial={"full_name": self.invitation.full_name})
        context = {"title": "Set up your account", "submit_text": "Set up the account", "form": form}
        return context | super().get_context_data(**kwargs) | {"invitation": self.invitation}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = forms.AcceptForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            services.accept_invitation(
                token=kwargs["token"],
                full_name=form.cleaned_data["full_name"],
                password=form.cleaned_data["password"],
            )
        except InvitationClosed:
            raise
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        messages.success(request, "Your account is ready. Sign in with your e-mail address and the password you chose.")
        return HttpResponseRedirect(reverse("account_login"))
