from django.urls import path

from assessments.onsite import views

app_name = "onsite"
urlpatterns = [
    path("", views.OnsitePage.as_view(), name="detail"),
    path("sessions/add/", views.SessionAdd.as_view(), name="session-add"),
    path("sessions/<int:pk>/", views.SessionEdit.as_view(), name="session-edit"),
    path("sessions/<int:pk>/remove/", views.SessionRemove.as_view(), name="session-remove"),
    path("findings/", views.FindingBoard.as_view(), name="findings"),
    path("findings/add/", views.FindingAdd.as_view(), name="finding-add"),
    path("findings/<int:pk>/", views.FindingEdit.as_view(), name="finding-edit"),
    path("findings/<int:pk>/endorse/", views.FindingEndorse.as_view(), name="finding-endorse"),
    path("talks/<int:pk>/", views.TalkRecord.as_view(), name="talk-record"),
    path("final-feedback/", views.FeedbackEdit.as_view(), name="feedback-edit"),
]
