"""Reads a raw JSON body into a channel's own model; what is wrong is named field by field."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import MalformedError

Model = TypeVar("Model", bound=BaseModel)


def read_body(model: type[Model], body: bytes) -> Model:
    """The body as the model; raises MalformedError naming every wrong field, never the value that was sent."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        sentences = (f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in wrong)
        raise MalformedError("; ".join(sentences)) from error
