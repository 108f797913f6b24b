from django.urls import path

from cpc.reminders.pauses import views as pause_views
from cpc.reminders.plan import views as plan_views
from cpc.reminders.rules import views as rule_views

app_name = "reminders"
urlpatterns = [
    path("yours/", pause_views.OwnPauses.as_view(), name="own-pauses"),
    path("yours/pause/", pause_views.OwnPauseAdd.as_view(), name="own-pause-add"),
    path("yours/<int:pk>/lift/", pause_views.OwnPauseLift.as_view(), name="own-pause-lift"),
    path("pauses/", pause_views.PauseList.as_view(), name="pause-list"),
    path("pauses/add/", pause_views.PauseAdd.as_view(), name="pause-add"),
    path("pauses/<int:pk>/lift/", pause_views.PauseLift.as_view(), name="pause-lift"),
    path("rules/", rule_views.RuleList.as_view(), name="rule-list"),
    path("rules/add/", rule_views.RuleAdd.as_view(), name="rule-add"),
    path("rules/<int:pk>/", rule_views.RuleEdit.as_view(), name="rule-edit"),
    path("rules/<int:pk>/on/", rule_views.RuleSwitch.as_view(on=True), name="rule-on"),
    path("rules/<int:pk>/off/", rule_views.RuleSwitch.as_view(on=False), name="rule-off"),
    path("rules/<int:pk>/versions/", rule_views.RuleVersions.as_view(), name="rule-versions"),
    path("rules/<int:pk>/versions/<int:number>/restore/", rule_views.RuleRestore.as_view(), name="rule-restore"),
    path("ahead/", plan_views.ReminderPlan.as_view(), name="plan"),
]
