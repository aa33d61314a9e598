"""What other sites put into their pages: the ticker, one number, a sentence, a chart, a card.

`scripts` serves the elements, `frames` and `chart` the pages for an iframe, `numbers` what an article says of
one pair, `cards` its picture; `oembed` tells a machine how to embed a page,
and `builder` an editor.
"""

from flask import Blueprint

from ratesvc.web.embed import builder, cards, chart, frames, numbers, oembed, scripts

blueprint = Blueprint("embed", __name__)
for part in (scripts, frames, numbers, chart, cards, oembed, builder):
    blueprint.register_blueprint(part.blueprint)
