from django.urls import path

from cpc.scheduling import views

app_name = "scheduling"
urlpatterns = [
    path("", views.SchedulingPage.as_view(), name="detail"),
    path("purpose/", views.PurposeEdit.as_view(), name="purpose-edit"),
    path("set-up-meeting/", views.MeetingEdit.as_view(), name="meeting-edit"),
    path("dates/", views.DatesEdit.as_view(), name="dates-edit"),
    path("manager/", views.ManagerEdit.as_view(), name="manager-edit"),
    path("focus-areas/add/", views.FocusAreaAdd.as_view(), name="focus-area-add"),
    path("focus-areas/<int:pk>/", views.FocusAreaEdit.as_view(), name="focus-area-edit"),
    path("focus-areas/<int:pk>/remove/", views.FocusAreaRemove.as_view(), name="focus-area-remove"),
]
