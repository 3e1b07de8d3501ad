"""The OpenAPI page is honest: whatever schemathesis invents from it is answered as documented, never with 500."""

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

from tests.journeys.service import Service, signed

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 25


class Caller(requests.auth.AuthBase):
    """Signs what is signed, and shows an agent's token everywhere."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        request.headers.update(signed(body) | {"authorization": "Bearer token-of-zhu"})
        return request


@pytest.fixture
def schema(service: Service) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{service.url()}/openapi.json")


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
