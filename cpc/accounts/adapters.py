"""How allauth behaves here: nobody signs themselves up, secrets are encrypted, sign-in leads to the person's work."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        """People come by invitation only."""
        return False

    def get_login_redirect_url(self, request) -> str:
        """LGA staff start at the pipeline, everybody else at their work."""
        name = "dashboard:pipeline" if request.user.is_lga_staff else "dashboard:home"
        try:
            return reverse(name)
        except NoReverseMatch:
            return resolve_url(settings.LOGIN_REDIRECT_URL)


@lru_cache(maxsize=4)
def _cipher(key: str, secret_key: str) -> Fernet:
    """The key itself, or on a local machine one made from SECRET_KEY."""
    if key:
        return Fernet(key)
    if not settings.LOCAL:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY is not set.")
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret_key.encode()).digest()))


class MFAAdapter(DefaultMFAAdapter):
    """allauth keeps the secrets of two-step sign-in in clear; here a copy of the database is no use without the key."""

    def encrypt(self, text: str) -> str:
        return _cipher(settings.FIELD_ENCRYPTION_KEY, settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher(settings.FIELD_ENCRYPTION_KEY, settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()
