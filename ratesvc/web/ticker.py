"""What remains of the ticker's addresses when `hot` has no answer: why there is none, as JSON."""

from flask import Blueprint, Response, current_app, json, request

from ratesvc.web.current import Current

blueprint = Blueprint("ticker", __name__)


@blueprint.get("/ticker.json")
@blueprint.get("/ticker.txt")
@blueprint.get("/ticker.html")
def refuse() -> Response:
    """422 for parameters, which these addresses do not take; 503 while nothing is published."""
    for parameter in request.args:
        return _error(422, f"{request.path} takes no parameter {parameter!r}", parameter)
    current: Current = current_app.extensions["current"]
    answer = _error(503, current.problem or "the first version is being opened", None)
    answer.headers["Retry-After"] = "5"
    return answer


def _error(status: int, message: str, parameter: str | None) -> Response:
    body = json.dumps({"error": {"status": status, "message": message, "parameter": parameter}})
    return Response(
        body, status, {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}, content_type="application/json"
    )
