from django.urls import path

from cpc.cycle.due import views as due_views

app_name = "due"
urlpatterns = [
    path("", due_views.DueList.as_view(), name="list"),
    path("due-list.csv", due_views.DueListFile.as_view(), name="csv"),
    path("due-list.xlsx", due_views.DueListFile.as_view(ending="xlsx"), name="xlsx"),
]
