from django.urls import path

from cpc.calendars import views

app_name = "deadlines"
urlpatterns = [
    path("", views.CalendarList.as_view(), name="calendar-list"),
    path("add/", views.CalendarAdd.as_view(), name="calendar-add"),
    path("<int:pk>/", views.CalendarEdit.as_view(), name="calendar-edit"),
    path("<int:pk>/remove/", views.CalendarRemove.as_view(), name="calendar-remove"),
]
