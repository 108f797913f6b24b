from django.urls import path

from cpc.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("pipeline/", views.Pipeline.as_view(), name="pipeline"),
    path("my-work/", views.MyWork.as_view(), name="my-work"),
]
