from django.urls import path

from assessments.action_plan import views

app_name = "action_plan"
urlpatterns = [
    path("", views.ActionPlanPage.as_view(), name="detail"),
    path("starting-pack/", views.StartingPack.as_view(), name="starting-pack"),
    path("recommendations/<int:pk>/", views.AnswerEdit.as_view(), name="answer-edit"),
    path("actions/add/", views.ActionAdd.as_view(), name="action-add"),
    path("actions/<int:pk>/", views.ActionEdit.as_view(), name="action-edit"),
    path("actions/<int:pk>/remove/", views.ActionRemove.as_view(), name="action-remove"),
    path("actions/<int:pk>/progress/", views.ProgressEdit.as_view(), name="action-progress"),
    path("comments/add/", views.CommentAdd.as_view(), name="comment-add"),
    path("publish/", views.PlanPublish.as_view(), name="publish"),
    path("publication/", views.PublicationCorrect.as_view(), name="publication-correct"),
    path("reopen/", views.PlanReopen.as_view(), name="reopen"),
]
