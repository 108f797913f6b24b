"""Text that a copy of the database must not give away: second-step secrets, and links that open an account."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@lru_cache(maxsize=4)
def _cipher(key: str, secret_key: str) -> Fernet:
    """The key itself, or on a local machine one made from SECRET_KEY."""
    if key:
        return Fernet(key)
    if not settings.LOCAL:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY is not set.")
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret_key.encode()).digest()))


def encrypt(text: str) -> str:
    return _cipher(settings.FIELD_ENCRYPTION_KEY, settings.SECRET_KEY).encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    return _cipher(settings.FIELD_ENCRYPTION_KEY, settings.SECRET_KEY).decrypt(encrypted.encode()).decode()
