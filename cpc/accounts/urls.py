from django.urls import path

from cpc.accounts import views
from cpc.accounts.address import views as address_views

app_name = "accounts"
urlpatterns = [
    path("people/", views.PeopleList.as_view(), name="user-list"),
    path("people/invite/", views.UserInvite.as_view(), name="user-invite"),
    path("people/invitations/", views.InvitationList.as_view(), name="invitation-list"),
    path("people/invitations/<int:pk>/resend/", views.InvitationResend.as_view(), name="invitation-resend"),
    path("people/invitations/<int:pk>/withdraw/", views.InvitationWithdraw.as_view(), name="invitation-withdraw"),
    path("people/account/", views.AccountHub.as_view(), name="hub"),
    path("people/account/details/", views.ProfileEdit.as_view(), name="profile-edit"),
    path("people/account/address/", address_views.AddressAsk.as_view(), name="address-change"),
    path("people/account/address/<str:token>/", address_views.AddressConfirm.as_view(), name="address-confirm"),
    path("people/<int:pk>/", views.UserDetail.as_view(), name="user-detail"),
    path("people/<int:pk>/deactivate/", views.UserDeactivate.as_view(), name="user-deactivate"),
    path("people/<int:pk>/reactivate/", views.UserReactivate.as_view(), name="user-reactivate"),
    path("people/<int:pk>/role/", views.UserChangeRole.as_view(), name="user-role"),
    path("invitations/<str:token>/", views.InvitationAccept.as_view(), name="invitation-accept"),
]
