"""What gunicorn serves: `gunicorn app:app`. Without its settings it exits with a sentence."""

import sys

from collectibles import config
from collectibles.errors import CollectiblesError
from collectibles.web.factory import create_app
from collectibles.wiring import context

try:
    app = create_app(context(config.load()))
except CollectiblesError as error:
    print(error.zh, error.en, sep="\n", file=sys.stderr)
    sys.exit(4)  # gunicorn gives up at this code; at others it would try for ever
