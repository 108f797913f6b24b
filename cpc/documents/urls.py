"""Addresses of documents; a version is downloaded by its number in the table, never by its name."""

from django.urls import path

from cpc.documents import views

urlpatterns = [
    path("<int:pk>/", views.DocumentDownload.as_view(), name="download"),
    path("<int:pk>/new-version/", views.DocumentNewVersion.as_view(), name="new-version"),
    path("<int:pk>/remove/", views.DocumentRemove.as_view(), name="remove"),
    path("<int:pk>/views/", views.DocumentViews.as_view(), name="views"),
]
