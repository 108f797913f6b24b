from django.urls import path

from assessments.self_assessment import views

app_name = "self_assessment"
urlpatterns = [
    path("", views.StatementPage.as_view(), name="detail"),
    path("read/", views.StatementRead.as_view(), name="read"),
    path("word/", views.StatementWord.as_view(), name="word"),
    path("drafts/<int:number>/", views.StatementCompare.as_view(), name="compare"),
    path("sections/<int:pk>/", views.SectionEdit.as_view(), name="section-edit"),
    path("sections/<int:pk>/contributors/add/", views.ContributorAdd.as_view(), name="contributor-add"),
    path("sections/<int:pk>/comments/add/", views.SectionCommentAdd.as_view(), name="comment-add"),
    path("contributors/<int:pk>/remove/", views.ContributorRemove.as_view(), name="contributor-remove"),
    path("submit/", views.StatementSubmit.as_view(), name="submit"),
    path("recall/", views.StatementRecall.as_view(), name="recall"),
    path("accept/", views.StatementFinalise.as_view(), name="finalise"),
    path("return/", views.StatementReturn.as_view(), name="return"),
    path("reopen/", views.StatementReopen.as_view(), name="reopen"),
    path("pack/add/", views.PackDocumentAdd.as_view(), name="pack-document-add"),
    path("pack/release/", views.PackRelease.as_view(), name="pack-release"),
    path("pack/withdraw/", views.PackWithdraw.as_view(), name="pack-withdraw"),
]
