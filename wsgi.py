"""What a WSGI server serves: the installation of ``COI_DATA`` and ``COI_DATABASE_URL``."""

from coi.app import create_app
from coi.settings import Settings

app = create_app(Settings())
