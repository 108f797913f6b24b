from django.urls import path, register_converter

from cpc.cases.converters import MemberKindConverter
from cpc.casework import reminder_views, views
from cpc.casework.past.views import PastReviewAdd
from cpc.casework.under_way.views import UnderWayEnter

register_converter(MemberKindConverter, "member_kind")

app_name = "cases"
urlpatterns = [
    path("start/", views.CaseStart.as_view(), name="start"),
    path("start/under-way/", UnderWayEnter.as_view(), name="start-under-way"),
    path("<slug:reference>/", views.CaseDetail.as_view(), name="detail"),
    path("<slug:reference>/what-followed/add/", PastReviewAdd.as_view(), name="past-review-add"),
    path("<slug:reference>/sign-off/", views.CaseAdvance.as_view(), name="advance"),
    path("<slug:reference>/sign-off-with-reason/", views.CaseOverride.as_view(), name="override"),
    path("<slug:reference>/send-back/", views.CaseSendBack.as_view(), name="send-back"),
    path("<slug:reference>/postpone/", views.CasePostpone.as_view(), name="postpone"),
    path("<slug:reference>/pause/", views.CasePause.as_view(), name="pause"),
    path("<slug:reference>/resume/", views.CaseResume.as_view(), name="resume"),
    path("<slug:reference>/cancel/", views.CaseCancel.as_view(), name="cancel"),
    path("<slug:reference>/people/", views.CasePeople.as_view(), name="people"),
    path("<slug:reference>/people/add/<member_kind:kind>/", views.MemberAdd.as_view(), name="member-add"),
    path("<slug:reference>/people/<int:pk>/remove/", views.MemberRemove.as_view(), name="member-remove"),
    path("<slug:reference>/deadlines/", views.CaseDeadlines.as_view(), name="deadlines"),
    path("<slug:reference>/deadlines/<int:pk>/", views.DeadlineRevise.as_view(), name="deadline-revise"),
    path("<slug:reference>/deadlines/<int:pk>/why-late/", views.DeadlineExplain.as_view(), name="deadline-explain"),
    path("<slug:reference>/history/", views.CaseHistory.as_view(), name="history"),
    path("<slug:reference>/papers/", views.CaseDocuments.as_view(), name="documents"),
    path("<slug:reference>/papers/add/", views.CaseDocumentAdd.as_view(), name="document-add"),
    path("<slug:reference>/reminders/pause/", reminder_views.ReminderPauseAdd.as_view(), name="reminder-pause-add"),
    path(
        "<slug:reference>/reminders/<int:pk>/lift/",
        reminder_views.ReminderPauseLift.as_view(),
        name="reminder-pause-lift",
    ),
    path("<slug:reference>/cycle-start/", views.CycleStartEdit.as_view(), name="cycle-start"),
]
