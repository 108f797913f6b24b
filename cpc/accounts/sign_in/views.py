"""Pages beside those of the sign-in library."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.views import ListUserSessionsView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.generic import RedirectView

from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.sign_in.records import record_own


@method_decorator(login_not_required, name="dispatch")
class NoSignUp(RedirectView):
    """People come by invitation; whoever looks for a sign-up finds the page that says so."""

    pattern_name = "account_login"


class Sessions(PermissionRequired, ListUserSessionsView):
    """Where somebody is signed in; ending the other sign-ins is recorded."""

    permission_required = "cpc.change_own_profile"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        record_own("sessions_ended", request=self.request, user=self.request.user)
        return response


list_sessions = Sessions.as_view()
