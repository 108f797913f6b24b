from django.urls import path

from cpc.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.EventList.as_view(), name="list"),
    path("events.csv", views.EventFile.as_view(), name="csv"),
    path("events.xlsx", views.EventFile.as_view(ending="xlsx"), name="xlsx"),
]
