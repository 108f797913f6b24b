from django.urls import path

from assessments.action_plan import views
from assessments.action_plan.outcomes import views as outcome_views
from assessments.action_plan.past.views import PastRecommendationAdd

app_name = "action_plan"
urlpatterns = [
    path("", views.ActionPlanPage.as_view(), name="detail"),
    path("past-recommendations/add/", PastRecommendationAdd.as_view(), name="past-recommendation-add"),
    path("starting-pack/", views.StartingPack.as_view(), name="starting-pack"),
    path("recommendations/<int:pk>/", views.AnswerEdit.as_view(), name="answer-edit"),
    path("actions/add/", views.ActionAdd.as_view(), name="action-add"),
    path("actions/<int:pk>/", views.ActionEdit.as_view(), name="action-edit"),
    path("actions/<int:pk>/remove/", views.ActionRemove.as_view(), name="action-remove"),
    path("actions/<int:pk>/progress/", views.ProgressEdit.as_view(), name="action-progress"),
    path("outcomes/", outcome_views.OutcomeList.as_view(), name="outcome-list"),
    path("outcomes/<int:pk>/", outcome_views.OutcomeSettle.as_view(), name="outcome-settle"),
    path("outcomes/<int:pk>/reopen/", outcome_views.OutcomeReopen.as_view(), name="outcome-reopen"),
    path("comments/add/", views.CommentAdd.as_view(), name="comment-add"),
    path("publish/", views.PlanPublish.as_view(), name="publish"),
    path("publication/", views.PublicationCorrect.as_view(), name="publication-correct"),
    path("reopen/", views.PlanReopen.as_view(), name="reopen"),
]
