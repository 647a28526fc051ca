"""Where do names, birth dates, record numbers and foreign scans lie?

Everything that may tell who somebody is lies here, encrypted, and leaves only by an opening that is logged. The ledger
holds a salted commitment instead. What other rooms may use:

* ``new_subject`` makes a pseudonym; ``put`` keeps a value and gives its commitment; ``open_`` and ``facts`` give values
  back, each opening logged; ``agrees`` compares what was spoken without giving anything back.
* ``legal_holds`` tells what keeps a patient's data; ``erasures`` whose were destroyed, by the ledger.
* ``erase`` destroys all that is kept of a patient, key and codes; the pseudonym then leads to nobody.
* ``bind`` and ``resolve`` lead from a code (record number, hospital wristband) to a pseudonym through a keyed index.
"""

from coi.vault.actions import (
    agrees,
    band,
    bind,
    erase,
    erase_again,
    facts,
    forget,
    is_erased,
    is_kept,
    new_subject,
    open_,
    put,
    put_bytes,
    record_number,
    resolve,
    tag,
    unbind,
)
from coi.vault.sealing import Damaged, commitment
from coi.vault.store import (
    ERASED,
    HOLD_LIFTED,
    HOLD_PLACED,
    PROJECTION,
    LegalHold,
    Opening,
    erasures,
    legal_holds,
    openings,
)

__all__ = [
    "ERASED",
    "HOLD_LIFTED",
    "HOLD_PLACED",
    "PROJECTION",
    "Damaged",
    "LegalHold",
    "Opening",
    "agrees",
    "band",
    "bind",
    "commitment",
    "erase",
    "erase_again",
    "erasures",
    "facts",
    "forget",
    "is_erased",
    "is_kept",
    "legal_holds",
    "new_subject",
    "open_",
    "openings",
    "put",
    "put_bytes",
    "record_number",
    "resolve",
    "tag",
    "unbind",
]
