"""The service on a machine whose clock has jumped: `python -m tests.abuse.skewed SECONDS serve --port …`."""

import sys
from datetime import UTC, datetime, timedelta

import app.main
from app.cli import main


def start() -> None:
    """Run the command with every clock of the service so many seconds ahead, or behind."""
    ahead = timedelta(seconds=float(sys.argv.pop(1)))
    app.main.utc_now = lambda: datetime.now(UTC) + ahead
    main()


if __name__ == "__main__":
    start()
