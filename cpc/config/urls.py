"""Every address of the service. A new package is included here."""

from django.urls import include, path

from cpc.config import views

CASE = "cases/<slug:reference>/"

urlpatterns = [
    path("", include("cpc.dashboard.urls")),
    path("accounts/", include("cpc.accounts.sign_in.urls")),
    path("", include("cpc.accounts.urls")),
    path("councils/", include("councils.urls")),
    path("peers/", include(("teams.peers.urls", "peers"))),
    path("cases/", include("cpc.casework.urls")),
    path(f"{CASE}scheduling/", include("cpc.scheduling.urls")),
    path(f"{CASE}team/", include(("teams.composition.urls", "composition"))),
    path(f"{CASE}position-statement/", include("assessments.self_assessment.urls")),
    path(f"{CASE}onsite/", include("assessments.onsite.urls")),
    path(f"{CASE}report/", include("assessments.report.urls")),
    path(f"{CASE}action-plan/", include("assessments.action_plan.urls")),
    path(f"{CASE}progress-review/", include("assessments.progress_review.urls")),
    path("documents/", include(("cpc.documents.urls", "documents"))),
    path("cycle/", include("cpc.cycle.urls")),
    path("due/", include("cpc.cycle.due.urls")),
    path("carried/", include("assessments.action_plan.outcomes.urls")),
    path("reorganisations/", include("cpc.reorganisations.urls")),
    path("dates/", include("cpc.calendars.urls")),
    path("reminders/", include("cpc.reminders.urls")),
    path("drafts/", include("cpc.drafts.urls")),
    path("events/", include("cpc.audit.urls")),
    path("outbox/", include("cpc.notifications.urls")),
    path("styleguide/", views.StyleGuide.as_view(), name="styleguide"),
    path("accessibility/", views.AccessibilityStatement.as_view(), name="accessibility"),
    path("privacy/", views.PrivacyNotice.as_view(), name="privacy"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("robots.txt", views.robots_txt, name="robots-txt"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]

handler400 = "cpc.config.views.bad_request"
handler403 = "cpc.config.views.permission_denied"
handler404 = "cpc.config.views.page_not_found"
handler500 = "cpc.config.views.server_error"
handler429 = "cpc.config.views.too_many_requests"
