from django.urls import path

from cpc.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.Outbox.as_view(), name="outbox"),
    path("resend/", views.ResendSeveral.as_view(), name="resend-several"),
    path("<int:pk>/", views.MessageDetail.as_view(), name="message"),
    path("<int:pk>/resend/", views.MessageResend.as_view(), name="resend"),
    path("<int:pk>/once-more/", views.MessageRepeat.as_view(), name="repeat"),
]
