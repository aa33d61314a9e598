"""What other sites put into their pages: the ticker, one number, a chart, a card, a sentence.

`scripts` serves the elements, `frames` the pages for an iframe.
"""

from flask import Blueprint

from ratesvc.web.embed import frames, scripts

blueprint = Blueprint("embed", __name__)
for part in (scripts, frames):
    blueprint.register_blueprint(part.blueprint)
