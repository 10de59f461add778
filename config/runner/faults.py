"""What a person at the terminal is told when something cannot go on: one Chinese sentence, then the English detail."""


class Fault(Exception):
    def __init__(self, chinese: str, english: str):
        super().__init__(f"{chinese}\n{english}")
