from django.urls import path

from assessments.report import views

app_name = "report"
urlpatterns = [
    path("", views.ReportPage.as_view(), name="detail"),
    path("draft/", views.DraftAdd.as_view(), name="draft-add"),
    path("headline/", views.HeadlineEdit.as_view(), name="headline-edit"),
    path("quality-checklist/", views.QualityCheck.as_view(), name="check"),
    path("release/", views.DraftReleaseAdd.as_view(), name="release"),
    path("releases/<int:pk>/withdraw/", views.DraftReleaseWithdraw.as_view(), name="release-withdraw"),
    path("corrections/add/", views.CorrectionAdd.as_view(), name="correction-add"),
    path("corrections/<int:pk>/", views.CorrectionDecide.as_view(), name="correction-decide"),
    path("recommendations/add/", views.RecommendationAdd.as_view(), name="recommendation-add"),
    path("recommendations/<int:pk>/", views.RecommendationEdit.as_view(), name="recommendation-edit"),
    path("recommendations/<int:pk>/remove/", views.RecommendationRemove.as_view(), name="recommendation-remove"),
    path("final/", views.ReportFinalise.as_view(), name="finalise"),
    path("reopen/", views.ReportReopen.as_view(), name="reopen"),
    path("publish/", views.ReportPublish.as_view(), name="publish"),
    path("publication/", views.PublicationCorrect.as_view(), name="publication-correct"),
]
