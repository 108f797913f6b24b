"""Prompts for writers (R26), written once."""

from assessments.self_assessment.models import StatementPrompt

PROMPTS = [
    "What is the council's vision, and how do residents and partners know it?",
    "How does the vision become strategy, and strategy delivery?",
    "What are you proud of, and what shows it?",
    "What is not going as well as you want, and what have you tried?",
    "Are the finances robust, and does the budget support the objectives?",
    "Where do you most want the peers' help?",
]


def ensure_prompts() -> int:
    """Load the prompts that are missing. Returns how many were added."""
    return sum(
        StatementPrompt.objects.get_or_create(version=1, order=order, defaults={"text": text})[1]
        for order, text in enumerate(PROMPTS, start=1)
    )
