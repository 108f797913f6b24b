from django.urls import path

from assessments.action_plan.outcomes import views as outcome_views

app_name = "carried"
urlpatterns = [
    path("<slug:slug>/", outcome_views.CarriedList.as_view(), name="list"),
]
