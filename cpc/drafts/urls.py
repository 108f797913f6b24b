from django.urls import path

from cpc.drafts import views
from cpc.drafts.shared import views as shared

app_name = "drafts"
TEXT = "versions/<slug:code>/<int:pk>/"
urlpatterns = [
    path("keep/", views.DraftKeep.as_view(), name="keep"),
    path("<int:pk>/discard/", views.DraftDiscard.as_view(), name="discard"),
    path(TEXT, shared.VersionList.as_view(), name="version-list"),
    path(f"{TEXT}<int:text_version>/", shared.VersionCompare.as_view(), name="version"),
    path(f"{TEXT}<int:text_version>/restore/", shared.VersionRestore.as_view(), name="version-restore"),
]
