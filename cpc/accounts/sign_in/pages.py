"""The pages of the sign-in library that are published: these and no others. A test asks for what is not on the list.

Each names its address, our template, who opens it, what is recorded and who is told. `asks_again`: whether it asks for
the password or another proof before anything is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys

from cpc.accounts.sign_in import views


class Opens(Enum):
    ANYBODY = "anybody"
    HALF_SIGNED_IN = "whoever has done the first step of signing in"
    SIGNED_IN = "whoever is signed in, for their own account"


class AsksAgain(Enum):
    NOT = "it changes nothing about signing in"
    BEFORE = "the password or the second step is asked for first, however short ago"
    ON_THE_PAGE = "the page asks for the password that holds now, or is opened by a secret link"


@dataclass(frozen=True)
class Page:
    name: str
    # As in urls.py; a pattern when it begins with ^.
    route: str
    view: Callable[..., Any]
    template: str
    opens: Opens
    # Verbs that are recorded, and kinds of message that tell the holder of the account.
    records: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    asks_again: AsksAgain = AsksAgain.NOT


NO_TEMPLATE = ""
CHANGED = ("sign_in_changed",)

PAGES = [
    Page(
        "account_login", "login/", account.login, "account/login.html", Opens.ANYBODY,
        ("signed_in", "sign_in_refused", "sign_in_locked"),
    ),
    Page("account_logout", "logout/", account.logout, "account/logout.html", Opens.ANYBODY, ("signed_out",)),
    Page("account_inactive", "inactive/", account.account_inactive, "account/account_inactive.html", Opens.ANYBODY),
    Page(
        "account_request_login_code", "login/code/", account.request_login_code, "account/request_login_code.html",
        Opens.ANYBODY, ("sign_in_code_asked", "unknown_address_used", "sign_in_locked"), ("sign_in_code",),
    ),
    Page(
        "account_confirm_login_code", "login/code/confirm/", account.confirm_login_code,
        "account/confirm_login_code.html", Opens.HALF_SIGNED_IN, ("signed_in", "sign_in_refused"), ("sign_in_code",),
    ),
    Page(
        "account_reset_password", "password/reset/", account.password_reset, "account/password_reset.html",
        Opens.ANYBODY, ("password_reset_asked", "unknown_address_used", "sign_in_locked"), ("password_reset",),
    ),
    Page(
        "account_reset_password_done", "password/reset/done/", account.password_reset_done,
        "account/password_reset_done.html", Opens.ANYBODY,
    ),
    Page(
        "account_reset_password_from_key", r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key, "account/password_reset_from_key.html", Opens.ANYBODY,
        ("password_reset_done",), CHANGED, AsksAgain.ON_THE_PAGE,
    ),
    Page(
        "account_reset_password_from_key_done", "password/reset/key/done/", account.password_reset_from_key_done,
        "account/password_reset_from_key_done.html", Opens.ANYBODY,
    ),
    Page(
        "account_reauthenticate", "reauthenticate/", account.reauthenticate, "account/reauthenticate.html",
        Opens.SIGNED_IN, ("sign_in_refused", "sign_in_locked"),
    ),
    Page(
        "account_change_password", "password/change/", account.password_change, "account/password_change.html",
        Opens.SIGNED_IN, ("password_changed",), CHANGED, AsksAgain.ON_THE_PAGE,
    ),
    Page(
        "account_set_password", "password/set/", account.password_set, "account/password_set.html",
        Opens.SIGNED_IN, ("password_changed",), CHANGED, AsksAgain.BEFORE,
    ),
    Page("mfa_index", "2fa/", second_step.index, "mfa/index.html", Opens.SIGNED_IN),
    Page(
        "mfa_authenticate", "2fa/authenticate/", second_step.authenticate, "mfa/authenticate.html",
        Opens.HALF_SIGNED_IN, ("signed_in", "sign_in_refused", "sign_in_locked"),
    ),
    Page(
        "mfa_reauthenticate", "2fa/reauthenticate/", second_step.reauthenticate, "mfa/reauthenticate.html",
        Opens.SIGNED_IN, ("sign_in_refused", "sign_in_locked"),
    ),
    Page(
        "mfa_activate_totp", "2fa/totp/activate/", totp.activate_totp, "mfa/totp/activate_form.html",
        Opens.SIGNED_IN, ("second_step_added",), CHANGED, AsksAgain.BEFORE,
    ),
    Page(
        "mfa_deactivate_totp", "2fa/totp/deactivate/", totp.deactivate_totp, "mfa/totp/deactivate_form.html",
        Opens.SIGNED_IN, ("second_step_removed",), CHANGED, AsksAgain.BEFORE,
    ),
    Page(
        "mfa_view_recovery_codes", "2fa/recovery-codes/", recovery_codes.view_recovery_codes,
        "mfa/recovery_codes/index.html", Opens.SIGNED_IN, asks_again=AsksAgain.BEFORE,
    ),
    Page(
        "mfa_generate_recovery_codes", "2fa/recovery-codes/generate/", recovery_codes.generate_recovery_codes,
        "mfa/recovery_codes/generate.html", Opens.SIGNED_IN, ("second_step_renewed",), CHANGED, AsksAgain.BEFORE,
    ),
    Page(
        "mfa_download_recovery_codes", "2fa/recovery-codes/download/", recovery_codes.download_recovery_codes,
        "mfa/recovery_codes/download.txt", Opens.SIGNED_IN, asks_again=AsksAgain.BEFORE,
    ),
    Page(
        "mfa_list_webauthn", "2fa/webauthn/", passkeys.list_webauthn, "mfa/webauthn/authenticator_list.html",
        Opens.SIGNED_IN,
    ),
    Page(
        "mfa_add_webauthn", "2fa/webauthn/add/", passkeys.add_webauthn, "mfa/webauthn/add_form.html",
        Opens.SIGNED_IN, ("second_step_added",), CHANGED, AsksAgain.BEFORE,
    ),
    Page(
        "mfa_edit_webauthn", "2fa/webauthn/keys/<int:pk>/edit/", passkeys.edit_webauthn,
        "mfa/webauthn/edit_form.html", Opens.SIGNED_IN, asks_again=AsksAgain.BEFORE,
    ),
    Page(
        "mfa_remove_webauthn", "2fa/webauthn/keys/<int:pk>/remove/", passkeys.remove_webauthn,
        "mfa/webauthn/authenticator_confirm_delete.html", Opens.SIGNED_IN, ("second_step_removed",), CHANGED,
        AsksAgain.BEFORE,
    ),
    Page(
        "mfa_reauthenticate_webauthn", "2fa/webauthn/reauthenticate/", passkeys.reauthenticate_webauthn,
        "mfa/webauthn/reauthenticate.html", Opens.SIGNED_IN,
    ),
    Page(
        "mfa_login_webauthn", "2fa/webauthn/login/", passkeys.login_webauthn, NO_TEMPLATE, Opens.ANYBODY,
        ("signed_in", "sign_in_locked"),
    ),
    Page(
        "usersessions_list", "sessions/", views.list_sessions, "usersessions/usersession_list.html", Opens.SIGNED_IN,
        ("sessions_ended",),
    ),
]  # fmt: skip
