from django.urls import path

from assessments.progress_review import views

app_name = "progress_review"
urlpatterns = [
    path("", views.ProgressReviewPage.as_view(), name="detail"),
    path("plan/", views.ReviewPlan.as_view(), name="plan"),
    path("held/", views.ReviewHeld.as_view(), name="held"),
    path("recommendations/<int:pk>/council/", views.CouncilRating.as_view(), name="council-rating"),
    path("recommendations/<int:pk>/peers/", views.PeersView.as_view(), name="peers-view"),
    path("report/", views.ReviewReportAdd.as_view(), name="report-add"),
    path("summary/", views.SummaryEdit.as_view(), name="summary-edit"),
    path("publish/", views.ReviewPublish.as_view(), name="publish"),
    path("publication/", views.PublicationCorrect.as_view(), name="publication-correct"),
    path("reopen/", views.ReviewReopen.as_view(), name="reopen"),
]
