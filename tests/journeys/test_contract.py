"""The OpenAPI page is honest: whatever schemathesis invents from it is answered as documented, never with 500."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app import API_VERSION
from tests.journeys.service import Service, running, running_pair, signed

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 25
CHAINS = settings(
    max_examples=20,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[*HealthCheck],
)
FEWEST_CHAINED = 5


class Caller(requests.auth.AuthBase):
    """Signs what is signed, and shows an agent's token everywhere."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        request.headers.update(signed(body) | {"authorization": "Bearer token-of-zhu"})
        return request


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One of its own: whatever is invented here stays in it."""
    state = tmp_path_factory.mktemp(f"contract-{request.param}")
    if request.param == "sqlite":
        with running(state) as alone:
            yield alone
        return
    postgres_url: str = request.getfixturevalue("postgres_url")
    with running_pair(state, postgres_url) as pair:
        yield pair


@pytest.fixture
def schema(service: Service) -> schemathesis.BaseSchema:
    """All routes but the stream of events, whose answer does not end: tests/web/test_events.py."""
    return schemathesis.openapi.from_url(f"{service.url()}/openapi.json").exclude(path="/v1/events")


def test_every_route_answers_as_documented(schema: schemathesis.BaseSchema) -> None:
    operations = [found.ok() for found in schema.get_all_operations()]

    assert len(operations) > 10
    for operation in operations:
        hammer(operation)


def hammer(operation: schemathesis.APIOperation) -> None:
    """Valid and invalid calls of one route."""
    session = requests.Session()
    session.auth = Caller()

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck]
    )
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(session=session, checks=CHECKS)

    with session:
        check()


def test_calls_that_build_on_one_another_are_answered_as_documented(schema: schemathesis.BaseSchema) -> None:
    """Chains that schemathesis finds itself: what one answer holds (a ticket, an outbox row) is the next one's path."""
    called: Counter[str] = Counter()

    with requests.Session() as session:
        session.auth = Caller()

        class Chain(schema.as_state_machine()):  # type: ignore[misc]  # a class made at run time
            def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
                called[case.operation.label] += 1
                return {"session": session}

            def validate_response(self, response: Any, case: schemathesis.Case, **_more: Any) -> None:
                case.validate_response(response, checks=CHECKS)

        Chain.run(settings=CHAINS)

    assert len(called) > FEWEST_CHAINED, called


@pytest.fixture
def page(service: Service) -> dict[str, Any]:
    document: dict[str, Any] = requests.get(f"{service.url()}/openapi.json", timeout=20).json()
    return document


def operations_of(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for part in ("paths", "webhooks") for methods in page[part].values() for one in methods.values()]


# A client made from the page calls its functions and types by these names: add, and take none away.
OPERATIONS = """
acceptApproval acceptShift addCorrection askForApproval checkActionServer checkHandoffText checkRestChannel
closeProposal claimHandoff claimNextHandoff closeUrge counterApproval deletePhrase eraseBuyer eraseBuyerByPath
getHandoff getHandoffSchema getLiveness getMetrics getOwnState getReadiness getSession getShift getShopStatus getTrace
grantApproval handOverShift listActions listAgents listApprovals listConversations listCorrections
listDeliveryAttempts listHandoffLines listHandoffs listLines listOutbox listPhrases listProposals listShifts listUrges
markHandoffSeen noteOnHandoff onCallbackTest onHandoffClaimed onHandoffOpened onHandoffReleased onHandoffResolved
onHandoffReturned onPromiseMade onReply onShopBroken onShopMended proposeFaq putPhrase redriveOutbox redriveOutboxRow
refuseApproval releaseHandoff reopenHandoff replayOutbox replyToHandoff reportSpokenLine resolveHandoff returnHandoff
runAction saveHandoffDraft sendMessage sendRestMessage setAgent setOwnState showPicture showPresence signIn signOut
snoozeHandoff streamEvents takeConversation takeHandoff testCallback transferHandoff undoHandoff uploadPicture
wakeHandoff withdrawCorrection rateHandoff getFigures addTodo listTodos listDepartments finishTodo cancelTodo moveTodo
listHeldReplies withdrawReply sendHeldReply listMentions markMentionsSeen
refreshHandoffFacts watchConversation
"""
SCHEMAS = """
AcceptBody Action ActionAnswer ActionCall ActionError ActionName AgentBody AgentEvent AgentPage AgentRole AgentStatus
AgentView AmendsTermsView AmendsTermsView-Input AmendsTermsView-Output AnswerOut ApprovalEvent ApprovalItem
ApprovalKind ApprovalList ApprovalState AskBody Attachment AttachmentIn AttemptEntry AttemptList AttemptOutcome Brief
BriefDeadlines BriefLine BriefUpdate CallbackCheck CardKind CardPart CardPartIn CheckBody CheckedText ClockSeconds
CommitmentView CompensationKind ContextIn ConversationItem ConversationList CorrectionIn CorrectionItem CorrectionList
CounterBody DecisionOut Doing DomainSlots DraftBody DraftView DueEvent ErasureResult FailureKind FaultyShop
FieldProblem Flag FlagLine GrantBody Group HandoffCounts HandoffData HandoffDetail HandoffEvent HandoffItem
HandoffLines HandoffOut HandoffPage HandoffSent Health HeldBy HelloEvent HistoryEntry ImageIn ImagePart ImagePartIn
HeldReplies HeldReplyView HeldState StopReason ReturnBody MentionEvent MentionItem MentionList ConversationsEvent
ConversationLines
KeptOut KeptPhrase KeptProposal LastLineView LatestMessage LearningShop LearningStage LearningView LineOut LineSent
LinesIn LinesOut MessageIn MessageType NextBody NoteBody OutboxEntry OutboxList OutboxState OwnStateBody Owner
PhraseBody PhraseItem PhraseList PingData PingSent PresenceBody PresenceEvent PresentView PriceTermsView
PriceTermsView-Input PriceTermsView-Output Priority Problem ProblemView PromiseData PromiseSent ProposalBody
ProposalItem ProposalList QueueView QuoteView Readiness Reason RedriveResult RefuseBody ReplayBody ReplayResult
ReplyBody ReplyData ReplyOut ReplySent ResolveBody RestButton RestMessageIn RestMetadata RestReply SenderIn Serving
SessionView Severity ShiftBody ShiftDetail ShiftEvent ShiftItem ShiftList ShopData ShopEvent ShopProblemSent ShopSent
ShopState ShopStatus SignInBody SlotLine Snapshot SnapshotLine SnoozeBody SnoozeView SpokenIn SpokenOut TextPart
TextPartIn TicketClock TicketOrder TicketState TrackerState TransferBody TransferToBody TransferView UploadedPicture
UrgeItem UrgeList UrgeState VerdictView VersionView RatingBody RatingView DepartmentList TodoBody
FigureCut FigureRowView FigureTableView FiguresView
TodoEvent TodoItem TodoKind TodoList TodoMoveBody TodoResultBody TodoState
"""


def test_operations_and_types_keep_their_names(page: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations_of(page)]

    assert sorted(names) == sorted(OPERATIONS.split())
    assert sorted(page["components"]["schemas"]) == sorted(SCHEMAS.split())


def test_the_page_says_what_linters_and_generators_ask_for(page: dict[str, Any]) -> None:
    assert page["info"]["title"] == "xiaoer"
    assert {"license", "contact", "description"} <= set(page["info"])
    assert page["servers"]
    assert "prefixItems" not in str(page)
    assert not [path for path in page["paths"] if path.endswith("/")]
    for operation in operations_of(page):
        assert {"description", "summary", "tags", "security"} <= set(operation), operation["operationId"]
        assert any(status.startswith("4") for status in operation["responses"]), operation["operationId"]
        schemes = {name for requirement in operation["security"] for name in requirement}
        assert schemes <= set(page["components"]["securitySchemes"])


def test_a_stream_and_a_late_answer_are_told(page: dict[str, Any]) -> None:
    rest = page["paths"]["/webhooks/rest/webhook"]["post"]["responses"]["200"]["content"]
    message = page["paths"]["/v1/shops/{shop}/messages"]["post"]

    assert set(rest) == {"application/json", "text/event-stream"}
    assert "202" in message["responses"]
    assert "`reply`" in message["description"]


@pytest.mark.parametrize("path", ["/healthz", "/v1/handoffs", "/v1/nothing"])
def test_every_answer_says_the_version_of_the_interface(service: Service, path: str) -> None:
    assert requests.get(service.url() + path, timeout=20).headers["xiaoer-api-version"] == API_VERSION
