"""Pages on which somebody changes their own e-mail address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from cpc.accounts.address import services
from cpc.accounts.address.forms import AddressForm
from cpc.accounts.address.models import AddressChange
from cpc.accounts.errors import AddressLinkClosed
from cpc.accounts.sign_in.client import client_address
from cpc.accounts.sign_in.freshness import ask_again
from cpc.components.pages import Confirm, ServiceForm


class AddressAsk(ServiceForm):
    """Asks for the password or the second step first, however short ago they signed in."""

    permission_required = "cpc.change_own_profile"
    form_class = AddressForm
    title = "Change your email address"
    submit_text = "Send the link"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.check_permission()
        return ask_again(request) or super().dispatch(request, *args, **kwargs)

    def get_intro(self) -> str:
        return f"You sign in with {self.request.user.email}, and all emails go there. We will tell that address about the change."

    def get_success_url(self) -> str:
        return reverse("accounts:hub")

    def save(self, form: Any) -> AddressChange:
        return services.ask_address_change(
            email=form.cleaned_data["email"], client=client_address(self.request), by=self.request.user
        )

    def get_success_message(self, form: Any) -> str:
        return f"A link is on its way to {self.saved.new_email}. Your address changes when you use it."


class AddressConfirm(Confirm):
    """Opened by the link that the new address was sent, and only by the person who asked."""

    permission_required = "cpc.change_own_profile"
    title = "Change your email address now"
    submit_text = "Change my address"
    change: AddressChange

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.check_permission()
        try:
            self.change = services.find_change(token=kwargs["token"], user=request.user)  # type: ignore[arg-type]
        except AddressLinkClosed as error:
            return self.closed(error)
        return super().dispatch(request, *args, **kwargs)

    def closed(self, error: AddressLinkClosed) -> HttpResponse:
        context = {"text": error.message, "who": self.request.user}
        return self.response_class(
            request=self.request,
            template="cpc/accounts/address/closed.html",
            context=context,
            status=404 if error.message == services.NOT_KNOWN else 410,
        )

    def get_text(self) -> str:
        return f"From then on you sign in with {self.change.new_email}, and all emails go there."

    def get_success_url(self) -> str:
        return reverse("accounts:hub")

    def perform(self) -> None:
        services.confirm_address_change(
            token=self.kwargs["token"], client=client_address(self.request), by=self.request.user
        )

    def get_success_message(self) -> str:
        return f"Your email address is now {self.change.new_email}"
