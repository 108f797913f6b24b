from django.urls import path

from cpc.cycle import pause_views
from cpc.cycle.handing_over import views as handover_views
from cpc.cycle.journey import views as journey_views
from cpc.cycle.mentoring import views as mentoring_views
from cpc.cycle.prompts import views as prompt_views

app_name = "cycle"
COUNCIL = "councils/<slug:slug>/"
urlpatterns = [
    path(f"{COUNCIL}prompts/<int:pk>/set-aside/", prompt_views.PromptSetAside.as_view(), name="prompt-set-aside"),
    path(f"{COUNCIL}hand-over/", journey_views.HandOver.as_view(), name="hand-over"),
    path("hand-over/", handover_views.LeavingAdvisers.as_view(), name="leaving-advisers"),
    path("hand-over/<int:pk>/", handover_views.HandOverSeveral.as_view(), name="hand-over-several"),
    path(f"{COUNCIL}reminders/pause/", pause_views.CouncilPauseAdd.as_view(), name="reminder-pause-add"),
    path(f"{COUNCIL}reminders/<int:pk>/lift/", pause_views.CouncilPauseLift.as_view(), name="reminder-pause-lift"),
    path(f"{COUNCIL}contact-log/", journey_views.ContactLog.as_view(), name="contact-log"),
    path(f"{COUNCIL}contact-log/add/", journey_views.ContactAdd.as_view(), name="contact-add"),
    path(f"{COUNCIL}how-it-stands/", journey_views.ConversationRecord.as_view(), name="conversation-record"),
    path(f"{COUNCIL}how-it-stands/end/", journey_views.ConversationEnd.as_view(), name="conversation-end"),
    path(f"{COUNCIL}support-log/", journey_views.SupportLog.as_view(), name="support-log"),
    path(f"{COUNCIL}support-log/add/", journey_views.SupportAdd.as_view(), name="support-add"),
    path(f"{COUNCIL}mentoring/add/", mentoring_views.MentoringAdd.as_view(), name="mentoring-add"),
    path(f"{COUNCIL}mentoring/<int:pk>/end/", mentoring_views.MentoringEnd.as_view(), name="mentoring-end"),
    path(f"{COUNCIL}journey/", journey_views.Journey.as_view(), name="journey"),
    path(f"{COUNCIL}journey/add/", journey_views.JourneyAdd.as_view(), name="journey-add"),
    path(f"{COUNCIL}journey/<int:pk>/", journey_views.JourneyChange.as_view(), name="journey-change"),
    path(f"{COUNCIL}journey/<int:pk>/end/", journey_views.JourneyEnd.as_view(), name="journey-end"),
]
