"""A mail server that knows no address, and says which."""

from smtplib import SMTPRecipientsRefused

from django.core.mail.backends.base import BaseEmailBackend


class RefusingBackend(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise SMTPRecipientsRefused({to: (550, b"no such user") for mail in email_messages for to in mail.to})
