"""The only place where things are wired: database, projections, rooms, printer, pages, and the command line.

* An installation's purpose is read from its database, never from a knob.
* The clock is the machine's; only a database of purpose *demo* (or a test) is given another one.
* What a room must not know of a room above it, it is told here: who is asking, which tasks wait, what a demo prints.
"""

from __future__ import annotations

import secrets
import threading
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from alembic.command import upgrade
from alembic.config import Config
from apiflask import APIFlask
from whitenoise import WhiteNoise

from coi import ledger, people, vault, web
from coi.cli import command_line
from coi.commands import tables
from coi.commands.console import Wiring
from coi.custody import api as custody_api
from coi.custody import (
    api_holds,
    api_labels,
    api_read,
    api_traces,
    board_web,
    continuity_store,
    continuity_web,
    demo_web,
    erased_again,
    erasure_web,
    found_web,
    holds_web,
    inbox_web,
    labels_web,
    lease_web,
    legs,
    print_web,
    protocol_api,
    protocol_store,
    protocol_web,
    scan_rules_web,
    scan_web,
    sightings,
    station_screen,
    station_web,
    tags_web,
    words,
)
from coi.custody import protocol_register as protocols
from coi.custody import store as custody
from coi.custody import web as custody_web
from coi.db import Database
from coi.demo import cast
from coi.equipment import store as equipment
from coi.errors import CoiError
from coi.evidence import api as evidence_api
from coi.evidence import web as evidence_web
from coi.labelling import printer_store, printer_web, queue_store, queue_web, template_store, template_web, worker
from coi.labelling import queue as printing_queue
from coi.labelling import store as labelling
from coi.menu import menu
from coi.people import api as people_api
from coi.people import factor_web, on_call_web, program_web, refusals, scanner_web, station_api
from coi.people import web as people_web
from coi.quality import deviation_api, near_miss_api, near_miss_report, near_miss_store, near_miss_web
from coi.quality import screen as quality_screen
from coi.quality import store as quality
from coi.quality import web as quality_web
from coi.shipping import store as shipping
from coi.shipping import trace_store
from coi.shipping import web as shipping_web
from coi.web import home, openapi
from coi.web.log import configure_log, note_requests
from labels.printers import BadAddress, VirtualPrinter, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.headers import Headers

    from coi.labelling.printers import Registered
    from coi.settings import Settings
    from labels.printers import Printer

PROJECTIONS: tuple[ledger.Projection, ...] = (
    people.PROJECTION,
    vault.PROJECTION,
    equipment.PROJECTION,
    quality.PROJECTION,
    protocol_store.PROJECTION,
    custody.PROJECTION,
    continuity_store.PROJECTION,
    template_store.PROJECTION,
    sightings.PROJECTION,
    labelling.PROJECTION,
    printer_store.PROJECTION,
    shipping.PROJECTION,
    trace_store.PROJECTION,
    near_miss_store.PROJECTION,
)
"""Every room's view of the ledger, in the order in which an entry is shown to them."""

IDLE: Final = 30
"""Seconds after which an idle printing thread looks whether its application is still there."""
LARGEST: Final = 8 * 1024 * 1024
"""Bytes of the largest body: one picture of a label."""

_HERE: Final = Path(__file__).resolve().parent
_ROOMS: Final = ("", "people", "quality", "labelling", "shipping", "custody", "evidence")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Login:
    """One printed login of a demo."""

    login: str
    password: str
    roles: str
    site: str


class Printing:
    """Prints what deeds have queued, in a thread of its own, so that no deed waits for a printer.

    Registered printers print by ``coi.labelling.worker``. A site that has registered none prints, outside production,
    on the printer of the settings, or in a demo on the virtual one.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], settings: Settings, purpose: str) -> None:
        """Print from *database*'s queue; *clock* tells when."""
        self._database = database
        self._clock = clock
        self._unregistered = _printers(settings, purpose)
        self._worker = worker.Worker(
            database,
            partial(_opened, settings, purpose),
            clock,
            f"{settings.node}-{secrets.token_hex(4)}",
            strict=purpose == "production",
        )
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Look at the queue soon; the thread begins with the first deed. On PostgreSQL ``coi worker`` prints."""
        self._wake.set()
        if self._database.is_sqlite and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(
                target=_keep_printing, args=(weakref.ref(self), self._wake), name="printing", daemon=True
            )
            self._thread.start()

    def start(self) -> None:
        """Tell what a stopped process was sending, and begin; only where this process alone prints."""
        if self._database.is_sqlite:
            printing_queue.recover(self._database, self._clock)
            self.wake()

    def drain(self) -> int:
        """Print everything that can be printed now; return how many labels came out."""
        printed = self._worker.work()
        known = {one.site for one in self._database.read(printer_store.in_service)}
        return printed + printing_queue.print_queued(
            self._database, lambda site: None if site in known else self._unregistered(site), self._clock
        )

    def look(self) -> bool:
        """Print what can be printed; tell whether something waits that may go on by itself."""
        try:
            if not self._any(*queue_store.OPEN, queue_store.STUCK):
                return False
            self.drain()
            return self._any(*queue_store.OPEN)
        except Exception as error:  # noqa: BLE001  whatever it is, what waits is looked at again
            _log.warning("printing", slug=error.slug if isinstance(error, CoiError) else type(error).__name__)
            return True

    def _any(self, *states: str) -> bool:
        """Tell whether a job stands in one of *states*; after most deeds none does, and no printer need be asked."""
        return bool(self._database.read(lambda session: queue_store.jobs(session, *states)))


def _keep_printing(printing: weakref.ref[Printing], wake: threading.Event) -> None:
    """Print whenever woken, and once a second while something waits; end with the application."""
    waits = False
    while True:
        woken = wake.wait(timeout=1 if waits else IDLE)
        alive = printing()
        if alive is None:
            return
        if woken or waits:
            wake.clear()
            waits = alive.look()
        del alive


def open_database(settings: Settings) -> Database:
    """Open the installation's database with every projection told of every entry."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.url, PROJECTIONS, node=settings.node)
    settings.attach(database.engine)
    return database


def machine_clock() -> datetime:
    """Return the machine's time, in UTC."""
    return datetime.now(UTC)


def create_app(
    settings: Settings, *, database: Database | None = None, clock: Callable[[], datetime] = machine_clock
) -> APIFlask:
    """Make the web application of one founded installation.

    *database* is given where it is open already; *clock* only to a demo or a test.
    """
    if database is None:
        database = open_database(settings)
        tables.check(database)
    installation = database.read(ledger.installation)
    configure_log()
    looked = erased_again.look(database, clock())
    if looked.again or looked.asks:
        told = {"strange": looked.strange, "waiting": len(looked.waiting), "fault": looked.fault}
        _log.warning("erased_again", known=looked.known, again=looked.again, **told)
    app = APIFlask(
        "coi",
        title="coi: chain of identity and custody",
        version="1",
        json_errors=False,
        spec_path=None,
        docs_path=None,
        static_folder=str(_HERE / "static"),
        template_folder=str(_HERE / "templates"),
    )
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    people.security(app, database, clock)
    printing = Printing(database, clock, settings, installation.purpose)
    app.extensions["coi"] = web.Wiring(
        database=database,
        clock=clock,
        purpose=installation.purpose,
        log=installation.log,
        identify=people_web.identify,
        task_sources=(
            custody_web.open_tasks,
            quality_web.open_tasks,
            queue_web.open_tasks,
            partial(erasure_web.open_tasks, looked),
        ),
        after_deed=printing.wake,
        refused=refusals.record,
    )
    app.extensions["coi_printing"] = printing
    app.extensions["coi_printers"] = printer_web.Wiring(
        opened=partial(_opened, settings, installation.purpose),
        networks=tuple(settings.printer_networks),
        strict=installation.purpose == "production",
    )
    app.extensions["coi_near_miss_words"] = _near_miss_words()
    app.extensions["coi_quality_words"] = quality_screen.Words(
        reason=words.reason,
        entry=lambda kind: words.entry_title(kind, station_screen.order_titles()),
        order=lambda session, name: words.order_for_eyes(custody.load(session, name)),
    )
    app.extensions["coi_shipping"] = shipping_web.Wiring(legs=legs.seen_by)
    app.extensions["coi_logins"] = printed_logins
    note_requests(app)
    web.dress(app, tuple(_HERE / room / "templates" for room in _ROOMS), menu(installation.purpose))
    web.tell_problems(app)
    for room in (
        home.bp,
        people_web.bp,
        factor_web.bp,
        on_call_web.bp,
        scanner_web.bp,
        quality_web.bp,
        near_miss_web.bp,
        custody_web.bp,
        holds_web.bp,
        demo_web.bp,
        board_web.bp,
        labels_web.bp,
        erasure_web.bp,
        print_web.bp,
        printer_web.bp,
        queue_web.bp,
        found_web.bp,
        continuity_web.bp,
        template_web.bp,
        tags_web.bp,
        shipping_web.bp,
        station_web.bp,
        scan_web.bp,
        scan_rules_web.bp,
        lease_web.bp,
        inbox_web.bp,
        evidence_web.bp,
    ):
        app.register_blueprint(room)
    app.register_blueprint(protocol_web.bp)
    app.register_blueprint(station_api.bp)
    app.register_blueprint(program_web.bp)
    for api in (
        openapi.bp,
        people_api.bp,
        deviation_api.bp,
        near_miss_api.bp,
        custody_api.bp,
        api_read.bp,
        api_holds.bp,
        api_labels.bp,
        api_traces.bp,
        protocol_api.bp,
        evidence_api.bp,
    ):
        app.register_blueprint(api)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # how middleware is put around a Flask app
        app.wsgi_app, root=str(_HERE / "static"), prefix="static/", max_age=300, add_headers_function=_for_workers
    )
    return app


def _for_workers(headers: Headers, _path: str, url: str) -> None:
    """Let the camera's worker, and nothing else in the house, compile WebAssembly; it may ask only this origin."""
    if url.endswith("camera_worker.js"):
        headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
        )


def _near_miss_words() -> near_miss_report.Words:
    """Tell the register of near misses how custody's codes read."""
    shipped = protocols.shipped().values()
    steps = {step.id: step.title for one in shipped for step in one.checkpoints}
    products = {one.product["code"]: one.product["name"] for one in shipped}
    return near_miss_report.Words(
        reason=words.reason,
        step=lambda name: steps.get(name, name.replace("_", " ").capitalize()),
        product=lambda code: products.get(code, code),
    )


def printed_logins() -> tuple[Login, ...]:
    """Return the logins that a demo prints on its door."""
    names = {site.key: site.name for site in cast.SITES}
    return tuple(
        Login(f"{one.login}@demo.example", cast.PASSWORD, one.role.replace("_", " "), names[one.site])
        for one in cast.PEOPLE
    )


def _printers(settings: Settings, purpose: str) -> Callable[[str], Printer | None]:
    """Return which printer stands at a site that registered none: of the settings, or a demo's virtual one."""
    if purpose == "production":
        return lambda _site: None
    if purpose != "demo":
        known = {site: opened(f"tcp://{address}") for site, address in settings.printers.items()}
        return known.get
    virtual = VirtualPrinter(settings.data / "tray")
    return lambda _site: virtual


def _opened(settings: Settings, purpose: str, printer: Registered) -> Printer:
    """Open the way to a registered printer; a virtual one prints into the data folder, and in no production."""
    if not printer.address.startswith("virtual:"):
        return opened(printer.address, dpi=printer.dpi)
    if purpose == "production":
        raise BadAddress("expected a printer, got a virtual one in production")
    return VirtualPrinter(settings.data / printer.address.removeprefix("virtual:"), printer.dpi)


def migrate(database: Database) -> None:
    """Bring the database's tables to the newest version; an empty database gets them all."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        upgrade(config, "head")


def command() -> None:
    """Run the ``coi`` command."""
    command_line(Wiring(open_database, create_app, migrate, PROJECTIONS))()
