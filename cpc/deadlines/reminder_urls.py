from django.urls import path

from cpc.deadlines import plan_views

app_name = "reminders"
urlpatterns = [
    path("ahead/", plan_views.ReminderPlan.as_view(), name="plan"),
]
