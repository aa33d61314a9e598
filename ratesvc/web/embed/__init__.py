"""Embeds for other sites: the ticker, one number, a sentence, a chart, a card.

`scripts` serves the custom elements, `frames` and `chart` the iframes, `numbers` the number and the sentence, `cards`
the images, `oembed` the oEmbed endpoint, and `builder` the page where editors configure embeds.
"""

from flask import Blueprint

from ratesvc.web.embed import builder, cards, chart, frames, numbers, oembed, scripts

blueprint = Blueprint("embed", __name__)
for part in (scripts, frames, numbers, chart, cards, oembed, builder):
    blueprint.register_blueprint(part.blueprint)
