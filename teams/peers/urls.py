from django.urls import path

from teams.peers import views

app_name = "peers"
urlpatterns = [
    path("", views.PeerList.as_view(), name="list"),
    path("add/", views.PeerAdd.as_view(), name="add"),
    path("me/", views.OwnProfile.as_view(), name="mine"),
    path("me/add/", views.OwnProfileAdd.as_view(), name="add-own"),
    path("<int:pk>/", views.PeerDetail.as_view(), name="detail"),
    path("<int:pk>/edit/", views.PeerEdit.as_view(), name="edit"),
    path("<int:pk>/confirm/", views.PeerConfirm.as_view(), name="confirm"),
    path("<int:pk>/ask/", views.PeerAsk.as_view(), name="ask"),
    path("<int:pk>/days/add/", views.WindowAdd.as_view(), name="window-add"),
    path("<int:pk>/days/<int:window>/remove/", views.WindowRemove.as_view(), name="window-remove"),
]
