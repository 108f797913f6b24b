"""The versions of a text: all of them, two beside each other, and an earlier one brought back."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.components.pages.confirm import Confirm
from cpc.drafts.shared.models import TextVersion
from cpc.drafts.shared.queries import Text, compared, text_at, versions_of
from cpc.drafts.shared.services import restore_version


class TextMixin(PermissionRequired):
    permission_required = "cpc.read_text_versions"
    kwargs: dict[str, Any]

    @cached_property
    def shared(self) -> Text:
        found = text_at(self.kwargs["code"], self.kwargs["pk"])
        # A text that the person does not write is not there for them: its name alone could tell too much.
        if found is None or not self.request.user.has_perm(self.permission_required, found):
            raise Http404
        return found

    @cached_property
    def versions(self) -> list[TextVersion]:
        return versions_of(self.shared)

    def get_permission_object(self) -> Any:
        return self.shared

    def version(self, pk: int) -> TextVersion:
        found = next((each for each in self.versions if each.pk == pk), None)
        if found is None:
            raise Http404
        return found

    def address(self, name: str, **kwargs: Any) -> str:
        return reverse(f"drafts:{name}", kwargs={"code": self.shared.kind.code, "pk": self.shared.row.pk, **kwargs})


class VersionList(TextMixin, TemplateView):
    template_name = "cpc/drafts/shared/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": f"Versions of {self.shared.kind.title(self.shared.row)}",
            "back_url": self.shared.kind.address(self.shared.row),
            "versions": [
                (
                    each,
                    self.address("version", text_version=each.pk),
                    self.address("version-restore", text_version=each.pk),
                )
                for each in self.versions
            ],
        }


class VersionCompare(TextMixin, TemplateView):
    """One version beside the one before it, or beside the one that `with` names."""

    template_name = "cpc/drafts/shared/compare.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        newer = self.version(self.kwargs["text_version"])
        wanted = self.request.GET.get("with", "")
        earlier = [each for each in self.versions if each.pk < newer.pk]
        older = next((each for each in self.versions if str(each.pk) == wanted), earlier[0] if earlier else None)
        if older is not None and older.pk > newer.pk:
            older, newer = newer, older
        return super().get_context_data(**kwargs) | {
            "title": f"What changed in {self.shared.kind.title(self.shared.row)}",
            "back_url": self.address("version-list"),
            "older": older,
            "newer": newer,
            "versions": [(str(each.pk), f"The version {each.described}") for each in self.versions if each != newer],
            "chosen": str(older.pk) if older else "",
            "parts": compared(self.shared, older, newer),
        }


class VersionRestore(TextMixin, Confirm):
    template_name = "cpc/drafts/shared/restore.html"
    submit_text = "Bring these words back"
    success_message = "The earlier words are back"
    already = "This is already the current version"
    text = "It becomes the newest version. The current one stays in the list of versions."

    @property
    def chosen(self) -> TextVersion:
        return self.version(self.kwargs["text_version"])

    def get_title(self) -> str:
        return f"Bring back this version of {self.shared.kind.title(self.shared.row)}?"

    def get_success_url(self) -> str:
        return self.address("version-list")

    def seen_version(self) -> int:
        return getattr(self.shared.row, self.shared.kind.counter)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "parts": [(label, self.chosen.words.get(name, "")) for name, label in self.shared.kind.parts]
        }

    def perform(self) -> Any:
        return restore_version(
            kind=self.shared.kind,
            row=self.shared.row,
            chosen=self.chosen,
            version=self.posted_version,
            by=self.request.user,
        )
