"""What is wrong with the printer, and what do I do? In words for whoever stands before it."""

from __future__ import annotations

from flask_babel import gettext as _


def state(code: str) -> tuple[str, str, str]:
    """Return how a printer is: a word, what to do, and the colour of its tag."""
    return {
        "ready": (str(_("Ready")), "", "go"),
        "busy": (str(_("Printing")), "", "teal"),
        "paused": (str(_("Paused")), str(_("Press the pause key on the printer once.")), "hold"),
        "media_out": (str(_("No labels")), str(_("Put in a new roll and close the cover.")), "hold"),
        "ribbon_out": (str(_("No ribbon")), str(_("Put in a new ribbon and close the cover.")), "hold"),
        "head_open": (str(_("Cover open")), str(_("Close the cover until it clicks.")), "hold"),
        "over_temp": (str(_("Too hot")), str(_("Leave it alone for ten minutes.")), "hold"),
        "fault": (str(_("Faulty")), str(_("Call technical service, and print on another printer.")), "stop"),
        "half": (
            str(_("Half a label in it")),
            str(_("Clear it on its page here, or switch it off and on again.")),
            "hold",
        ),
        "never": (str(_("Not asked yet")), str(_("It is asked when the first label is to be printed.")), "plain"),
    }.get(
        code,
        (
            str(_("No answer")),
            str(_("Is it switched on, and its cable in? Until it answers nothing is printed on it.")),
            "stop",
        ),
    )


def blocked(code: str) -> str:
    """Return why a printer prints no patient's label, or nothing."""
    return {
        "suspended": str(_("Out of use.")),
        "retired": str(_("Retired.")),
        "not_qualified": str(_("Not qualified: its IQ sheet has not been signed, or its time is over.")),
        "check_due": str(_("Today's check has not been done.")),
    }.get(code, "")


def why(code: str) -> str:
    """Return why a printer was taken out of use, or back."""
    return {
        "check_failed": str(_("the daily check failed")),
        "damaged": str(_("damaged")),
        "moved": str(_("moved to another place")),
        "other_use": str(_("used for something else")),
        "foreign_count": str(_("its count moved though nothing was sent from here: somebody else prints on it")),
        "wrong_printer": str(_("another printer answers at its address")),
        "twin": str(_("one label came out more than once: find the second and destroy it")),
        "miscount": str(_("it took a label whole and did not count it")),
        "examined": str(_("examined, nothing found")),
        "repaired": str(_("repaired")),
        "second_label_destroyed": str(_("the second label was found and destroyed")),
        "count_explained": str(_("who printed on it is known")),
        "retired": str(_("retired")),
    }.get(code, code.replace("_", " "))


def job(state_: str, why_: str) -> tuple[str, str, str]:
    """Return how a print stands: a word, what to do, and the colour of its tag."""
    match state_:
        case "held" if why_ == "suspended":
            return str(_("Waits")), str(_("Its printer is out of use.")), "hold"
        case "held":
            word, action, _kind = state(why_)
            return str(_("Waits: %(what)s", what=word.lower())), action, "hold"
        case "leased" | "sending":
            return str(_("Printing")), "", "teal"
        case "uncertain":
            return str(_("Was it printed?")), uncertain(why_), "stop"
        case "stuck":
            return str(_("Cannot be drawn")), stuck(why_), "stop"
        case "done":
            return str(_("Over")), "", "plain"
        case _:
            return str(_("Waits")), "", "plain"


def next_thing(status: int) -> str:
    """Return what to do when a deed on a label, or on its print, was refused with *status*."""
    return {
        401: str(_("Nothing was written. A login or a password was wrong: type both anew.")),
        403: str(
            _("Nothing was written. It takes who prints labels where this one lies, and beside them a second person.")
        ),
        409: str(_("Nothing was written. Look how the label stands now: somebody may have told it already.")),
        422: str(_("Nothing was written. Put right what is named above, then sign again.")),
    }.get(status, "")


def stuck(why_: str) -> str:
    """Return what is known of a label that could not be drawn, and what to do."""
    said = _("The server failed at drawing it (%(fault)s), and nothing was sent.", fault=why_)
    return f"{said} {_('Tell who looks after the server; then have it tried again, or tell its fate.')}"


def uncertain(why_: str) -> str:
    """Return what is known of a print of which nobody knows what became."""
    if why_ == "not_printed":
        return str(_("The printer's own count proves that nothing was printed. It can be printed again."))
    if why_ == "cleared":
        return str(_("The printer was told to forget what it held. Look whether the label lies at the printer."))
    if why_ == "count":
        return str(_("This printer counts nothing. Say how many labels came out."))
    if why_.endswith("stopped while it was sent"):
        return str(_("The server stopped while it was sent. Look whether the label lies at the printer."))
    return str(_("The line to the printer broke off. Look whether the label lies at the printer."))


def design(name: str) -> str:
    """Return what a label is for."""
    return {
        "wristband": str(_("Wristband")),
        "collection_bag": str(_("Collection bag")),
        "vessel": str(_("Process vessel")),
        "product_bag": str(_("Drug product bag")),
        "cassette": str(_("Cassette")),
        "sample": str(_("QC sample")),
        "test": str(_("Test print")),
        "sheet": str(_("IQ sheet")),
        "clear": str(_("Clear the printer")),
        "tag": str(_("Tag of a thing, or card")),
    }.get(name, name.replace("_", " ").capitalize())


def check(name: str) -> str:
    """Return a question of the daily check."""
    return {
        "readable": str(_("Is every line and every code sharp and black?")),
        "complete": str(_("Is nothing missing: no white stripe, no cut edge?")),
        "placed": str(_("Does the print lie in the middle of the label?")),
    }[name]


def step(number: int) -> str:
    """Return what one print of the IQ sheet is looked at for."""
    return [
        str(_("The printer of this name and serial number prints it.")),
        str(_("Both codes are read by the scanner of this place.")),
        str(_("Text is readable at arm's length.")),
        str(_("All four edges are printed whole.")),
        str(_("The print lies in the middle, within a millimetre.")),
        str(_("The print withstands a wipe with the disinfectant in use.")),
        str(_("Cover opened and closed: the next label comes out once.")),
        str(_("Roll taken out and put back: the next label comes out once.")),
        str(_("Ten prints were counted as ten.")),
        str(_("Stock and ribbon are those qualified for this use.")),
    ][number - 1]
