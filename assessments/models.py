"""Django looks for models here; each package keeps its own."""

from cpc.components.packages import read_models

read_models("assessments")
