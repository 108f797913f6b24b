from django.urls import path

from cpc.reorganisations import views

app_name = "reorganisations"
ONE = "<int:pk>/"
urlpatterns = [
    path("", views.ReorganisationList.as_view(), name="list"),
    path("add/", views.ReorganisationAdd.as_view(), name="add"),
    path(ONE, views.ReorganisationDetail.as_view(), name="detail"),
    path(f"{ONE}change/", views.ReorganisationChange.as_view(), name="change"),
    path(f"{ONE}effect/", views.ReorganisationEffect.as_view(), name="effect"),
    path(f"{ONE}put-in-force/", views.ReorganisationPutInForce.as_view(), name="put-in-force"),
    path(f"{ONE}undo/", views.ReorganisationUndo.as_view(), name="undo"),
    path(f"{ONE}discard/", views.ReorganisationDiscard.as_view(), name="discard"),
    path(f"{ONE}new-councils/add/", views.NewCouncilAdd.as_view(), name="new-council-add"),
    path(f"{ONE}carrying-on/add/", views.ContinuingAdd.as_view(), name="continuing-add"),
    path(f"{ONE}councils/<int:successor>/change/", views.SuccessorChange.as_view(), name="successor-change"),
    path(f"{ONE}councils/<int:successor>/remove/", views.SuccessorRemove.as_view(), name="successor-remove"),
    path(f"{ONE}councils/<int:successor>/follows/", views.PredecessorsAdd.as_view(), name="predecessors-add"),
    path(f"{ONE}follows/<int:planned>/remove/", views.PredecessorRemove.as_view(), name="predecessor-remove"),
]
