"""The published pages of the sign-in library, and nothing else of it."""

from django.urls import path, re_path

from cpc.accounts.sign_in import views
from cpc.accounts.sign_in.freshness import fresh_sign_in_required
from cpc.accounts.sign_in.pages import PAGES, AsksAgain

urlpatterns = [
    (re_path if page.route.startswith("^") else path)(
        page.route,
        fresh_sign_in_required(page.view) if page.asks_again is AsksAgain.BEFORE else page.view,
        name=page.name,
    )
    for page in PAGES
]
# The library asks for this name when it writes to an address without an account. Nobody signs up here.
urlpatterns.append(path("signup/", views.NoSignUp.as_view(), name="account_signup"))
