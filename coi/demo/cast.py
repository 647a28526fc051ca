"""Who plays in the demo? Every name is invented and says so; every password is printed at the start."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "demo-only-Passw0rd"  # noqa: S105 - printed on the screen of the demo, useless anywhere else
"""The password of every demo login."""


@dataclass(frozen=True, slots=True)
class DemoSite:
    """One site of the demo."""

    key: str
    name: str
    kind: str
    zone: str
    scheme: str
    fin: str | None


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One login of the demo: a role at a site."""

    login: str
    name: str
    role: str
    site: str


SITES = (
    DemoSite("hospital", "DEMO Hospital North", "treatment", "Europe/Berlin", "isbt128", "A9990"),
    DemoSite("factory", "DEMO Cell Works", "manufacturing", "Europe/Amsterdam", "gs1", None),
    DemoSite("courier", "DEMO Night Courier", "depot", "Europe/Berlin", "plain", None),
    DemoSite("depot", "DEMO Depot", "depot", "Europe/Amsterdam", "plain", None),
    DemoSite("south", "DEMO Hospital South", "treatment", "Europe/Madrid", "isbt128", "A9991"),
)

PEOPLE = (
    DemoPerson("coordinator", "Cora Example (demo)", "coordinator", "hospital"),
    DemoPerson("physician", "Dr. Phil Example (demo)", "physician", "hospital"),
    DemoPerson("apheresis1", "Ada Example (demo)", "collection_operator", "hospital"),
    DemoPerson("apheresis2", "Abel Example (demo)", "collection_operator", "hospital"),
    DemoPerson("celllab1", "Cem Example (demo)", "cell_lab", "hospital"),
    DemoPerson("celllab2", "Celia Example (demo)", "cell_lab", "hospital"),
    DemoPerson("pharmacist", "Pia Example (demo)", "pharmacist", "hospital"),
    DemoPerson("nurse1", "Nora Example (demo)", "ward_nurse", "hospital"),
    DemoPerson("nurse2", "Nils Example (demo)", "ward_nurse", "hospital"),
    DemoPerson("hospitalqa", "Hanna Example (demo)", "qa_reviewer", "hospital"),
    DemoPerson("physician2", "Dr. Petra Example (demo)", "physician", "south"),
    DemoPerson("coordinator2", "Carlos Example (demo)", "coordinator", "south"),
    DemoPerson("celllab3", "Carmen Example (demo)", "cell_lab", "south"),
    DemoPerson("pharmacist2", "Pablo Example (demo)", "pharmacist", "south"),
    DemoPerson("nurse3", "Nuria Example (demo)", "ward_nurse", "south"),
    DemoPerson("nurse4", "Nestor Example (demo)", "ward_nurse", "south"),
    DemoPerson("depot", "Dirk Example (demo)", "depot", "depot"),
    DemoPerson("courier", "Karl Example (demo)", "courier", "courier"),
    DemoPerson("warehouse", "Wanda Example (demo)", "materials", "factory"),
    DemoPerson("operator1", "Olga Example (demo)", "mfg_operator", "factory"),
    DemoPerson("operator2", "Omar Example (demo)", "mfg_operator", "factory"),
    DemoPerson("supervisor", "Susi Example (demo)", "mfg_supervisor", "factory"),
    DemoPerson("qcanalyst", "Quentin Example (demo)", "qc_analyst", "factory"),
    DemoPerson("qa", "Quirin Example (demo)", "qa_reviewer", "factory"),
    DemoPerson("qp", "Paula Example (demo)", "qa_releaser", "factory"),
    DemoPerson("documents", "Dora Example (demo)", "doc_control", "factory"),
    DemoPerson("inspector", "Ines Example (demo)", "inspector", "hospital"),
    DemoPerson("sysadmin", "Sid Example (demo)", "system_admin", "hospital"),
    DemoPerson("admin", "Alan Example (demo)", "site_admin", "hospital"),
    DemoPerson("factoryadmin", "Alma Example (demo)", "site_admin", "factory"),
    DemoPerson("courieradmin", "Arno Example (demo)", "site_admin", "courier"),
    DemoPerson("southadmin", "Alba Example (demo)", "site_admin", "south"),
)

ON_CALL = (
    ("hospitalqa", "admin", "+49 30 5550 101"),
    ("qa", "factoryadmin", "+31 20 555 0102"),
    ("qp", "factoryadmin", "+31 20 555 0103"),
)
"""Who is on call in the role held, put there by whom, and an invented number."""

PATIENTS = (
    ("Erika Mustermann (demo)", "1961-04-12", "100001"),
    ("Max Mustermann (demo)", "1958-09-30", "100002"),
    ("Jane Sample (demo)", "1974-01-05", "100003"),
    ("John Sample (demo)", "1980-11-23", "100004"),
    ("Maria Muster (demo)", "1949-07-17", "100005"),
    ("Juan Ejemplo (demo)", "1990-02-28", "100006"),
    ("Anna Voorbeeld (demo)", "1967-06-06", "100007"),
    ("Luc Exemple (demo)", "1955-12-01", "100008"),
    ("Eva Esempio (demo)", "1983-03-14", "100009"),
)
"""Name, birth date and record number of the demo's patients."""
ISSUER = "DEMO-N"

THINGS = {
    "shipper": ("shipper", "SHP", ("Dry shipper 1", "Dry shipper 2", "Dry shipper 3", "Dry shipper 4")),
    "suite": ("location", "LOC", ("Suite 1", "Suite 2", "Suite 3", "Suite 4")),
    "factory_freezer": (
        "location",
        "LOC",
        ("Factory freezer A1", "Factory freezer A2", "Factory freezer A3", "Factory freezer A4"),
    ),
    "hospital_freezer": (
        "location",
        "LOC",
        ("Hospital freezer 1", "Hospital freezer 2", "Hospital freezer 3", "Hospital freezer 4"),
    ),
    "south_freezer": ("location", "LOC", ("South freezer 1", "South freezer 2")),
    "hospital_bench": ("location", "LOC", ("Hospital bench 1", "Hospital bench 2", "Hospital bench 3")),
    "factory_bench": ("location", "LOC", ("Factory bench 1", "Factory bench 2", "Factory bench 3")),
    "south_bench": ("location", "LOC", ("South bench 1",)),
    "separator": ("equipment", "EQP", tuple(f"Separator {number}" for number in range(1, 13))),
    "bath": ("equipment", "EQP", ("Water bath 1", "Water bath 2")),
    "south_bath": ("equipment", "EQP", ("South water bath",)),
    "kit": ("kit", "KIT", ("Collection kit 1", "Collection kit 2")),
    "logger": ("logger", "LGR", ("SN-1001", "SN-1002", "SN-1003", "SN-1004", "SN-1005", "SN-1006")),
}
"""What is registered: kind, prefix of the house code, and what people call each."""
SITE_OF_THING = {
    "shipper": "hospital",
    "suite": "factory",
    "factory_freezer": "factory",
    "hospital_freezer": "hospital",
    "south_freezer": "south",
    "hospital_bench": "hospital",
    "factory_bench": "factory",
    "south_bench": "south",
    "separator": "hospital",
    "bath": "hospital",
    "south_bath": "south",
    "kit": "hospital",
    "logger": "factory",
}
SEALS = 40
"""New seals in the drawer."""
