"""What a shop says about how its people serve: asking buyers how it was, and departments that take tasks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DepartmentName = Annotated[str, Field(min_length=1, max_length=20)]
DEPARTMENTS = ("仓库", "财务")
"""Who takes tasks from agents, where a shop names no others."""


class Csat(BaseModel):
    """The invitation to rate after a ticket has ended; off unless `invite` is set.

    Attributes:
        delay_minutes: after the end.
        text: the shop's own words instead of ours; {address} is 亲 or 您.
        open_hours: for how long the buyer's answer is understood as a rating.
        follow_up: a score not above this opens a follow-up for whoever held the ticket; 0 opens none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    invite: bool = False
    delay_minutes: int = Field(default=1, ge=0, le=24 * 60)
    text: str = Field(default="", max_length=200)
    open_hours: int = Field(default=24, ge=1, le=72)
    follow_up: int = Field(default=2, ge=0, le=5)
