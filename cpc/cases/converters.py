"""Address parts of case pages."""


class MemberKindConverter:
    regex = "lga|council"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
