"""A notifier as somebody's own would be: it writes what it is told into a file."""

from pathlib import Path
from typing import Any

from airflow.sdk import BaseNotifier


class NotingNotifier(BaseNotifier):
    """Append subject and text to a file."""

    def __init__(self, path: str, subject: str, text: str) -> None:
        super().__init__()
        self.path, self.subject, self.text = path, subject, text

    def notify(self, context: Any) -> None:
        """Called once a message."""
        with Path(self.path).open("a", encoding="utf-8") as file:
            file.write(f"{self.subject}\n{self.text}\n")
