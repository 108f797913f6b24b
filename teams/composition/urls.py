from django.urls import path

from teams.composition import views
from teams.composition.conflicts import views as conflict_views
from teams.composition.council_view import views as council_views
from teams.composition.invitations import views as invitation_views

app_name = "composition"
urlpatterns = [
    path("", views.TeamPage.as_view(), name="detail"),
    path("add/", views.MemberSearch.as_view(), name="member-search"),
    path("add/<int:profile>/", views.MemberAdd.as_view(), name="member-add"),
    path("members/<int:pk>/", views.MemberEdit.as_view(), name="member-edit"),
    path("members/<int:pk>/invite/", invitation_views.MemberInvite.as_view(), name="member-invite"),
    path("members/<int:pk>/remind/", invitation_views.MemberRemind.as_view(), name="member-remind"),
    path("members/<int:pk>/withdraw/", views.MemberWithdraw.as_view(), name="member-withdraw"),
    path("members/<int:pk>/declared/", conflict_views.ConflictsDecide.as_view(), name="member-declared"),
    path("new-dates/", invitation_views.AskAboutDates.as_view(), name="ask-dates"),
    path("share/", council_views.TeamShare.as_view(), name="share"),
    path("comments/add/", council_views.CommentAdd.as_view(), name="comment-add"),
    path("comments/<int:pk>/", council_views.CommentDecide.as_view(), name="comment-decide"),
    path("talk/", council_views.LeaderTalk.as_view(), name="talk"),
    path("group-leaders/add/", council_views.ConsultationAdd.as_view(), name="consultation-add"),
    path("group-leaders/<int:pk>/", council_views.ConsultationEdit.as_view(), name="consultation-edit"),
    path("confirm/", views.TeamConfirm.as_view(), name="confirm"),
    path("reopen/", views.TeamReopen.as_view(), name="reopen"),
    path("invitations/<int:pk>/", invitation_views.InvitationPage.as_view(), name="invitation"),
    path("invitations/<int:pk>/no/", invitation_views.InvitationDecline.as_view(), name="invitation-decline"),
    path("invitations/<int:pk>/new-dates/", invitation_views.NewDatesAgree.as_view(), name="new-dates"),
    path("invitations/<int:pk>/declare/", invitation_views.ConflictsDeclare.as_view(), name="conflicts"),
]
