from django.urls import path

from councils import views
from councils.codes import views as code_views
from councils.contacts import views as contact_views
from councils.imports import views as import_views
from councils.seats import views as seat_views

app_name = "councils"
urlpatterns = [
    path("", views.CouncilList.as_view(), name="list"),
    # Before the councils: "imports" is no council.
    path("imports/", import_views.ImportList.as_view(), name="import-list"),
    path("imports/add/", import_views.ImportAdd.as_view(), name="import-add"),
    path("imports/<slug:source>.csv", import_views.ImportTemplate.as_view(), name="import-template-csv"),
    path("imports/<slug:source>.xlsx", import_views.ImportTemplate.as_view(ending="xlsx"), name="import-template-xlsx"),
    path("imports/<int:pk>/", import_views.ImportDetail.as_view(), name="import-detail"),
    path("imports/<int:pk>/refused.csv", import_views.ImportRefusals.as_view(), name="import-refusals"),
    path("imports/<int:pk>/apply/", import_views.ImportApply.as_view(), name="import-apply"),
    path("imports/<int:pk>/discard/", import_views.ImportDiscard.as_view(), name="import-discard"),
    path("imports/<int:pk>/read-again/", import_views.ImportReread.as_view(), name="import-reread"),
    path("imports/<int:pk>/undo/", import_views.ImportUndo.as_view(), name="import-undo"),
    path("<slug:slug>/", views.CouncilDetail.as_view(), name="detail"),
    path("<slug:slug>/posts/add/", views.TenureAdd.as_view(), name="tenure-add"),
    path("<slug:slug>/posts/<int:pk>/end/", views.TenureEnd.as_view(), name="tenure-end"),
    path("<slug:slug>/control/add/", views.ControlAdd.as_view(), name="control-add"),
    path("<slug:slug>/seats/", seat_views.SeatsList.as_view(), name="seats"),
    path("<slug:slug>/seats/add/", seat_views.SeatsAdd.as_view(), name="seats-add"),
    path("<slug:slug>/seats/<int:year>/change/", seat_views.SeatsChange.as_view(), name="seats-change"),
    path("<slug:slug>/seats/<int:year>/remove/", seat_views.SeatsRemove.as_view(), name="seats-remove"),
    path("<slug:slug>/programme/", views.ProgrammeChange.as_view(), name="programme"),
    path("<slug:slug>/polls/add/", views.PollAdd.as_view(), name="poll-add"),
    path("<slug:slug>/contacts/", contact_views.ContactList.as_view(), name="contact-list"),
    path("<slug:slug>/contacts/add/", contact_views.ContactAdd.as_view(), name="contact-add"),
    path("<slug:slug>/contacts/bring-over/", contact_views.ContactsBringOver.as_view(), name="contacts-bring-over"),
    path("<slug:slug>/contacts/<int:pk>/change/", contact_views.ContactChange.as_view(), name="contact-change"),
    path("<slug:slug>/contacts/<int:pk>/end/", contact_views.ContactEnd.as_view(), name="contact-end"),
    path("<slug:slug>/as-it-was/", views.CouncilAsAt.as_view(), name="as-at"),
    path("<slug:slug>/facts/", views.FactsChange.as_view(), name="facts"),
    path("<slug:slug>/code/change/", code_views.CodeChange.as_view(), name="code-change"),
    path("<slug:slug>/codes/<int:pk>/last-day/", code_views.FormerCode.as_view(), name="former-code"),
    path("<slug:slug>/codes/<int:pk>/take-back/", code_views.CodeTakeBack.as_view(), name="code-take-back"),
    path("<slug:slug>/days/", views.DaysChange.as_view(), name="days"),
    path("<slug:slug>/follows/add/", views.SuccessionAdd.as_view(), name="succession-add"),
    path("<slug:slug>/follows/<int:pk>/remove/", views.SuccessionRemove.as_view(), name="succession-remove"),
]
