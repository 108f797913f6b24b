from django.urls import path

from cpc.drafts import views

app_name = "drafts"
urlpatterns = [
    path("<int:pk>/discard/", views.DraftDiscard.as_view(), name="discard"),
]
