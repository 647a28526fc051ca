"""Whether what a printer says of itself is read into the right names, and what is no answer is read as none."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.printers import Status
from labels.printers import status as told
from labels.printers.status import HostStatus, Model, Troubles

NUMBERS = {
    "interface": "030",
    "label_length": "1245",
    "formats_in_buffer": "007",
    "unused_1": "009",
    "functions": "112",
    "unused_2": "8",
    "print_mode": "5",
    "width_mode": "6",
    "labels_remaining": "00001234",
    "graphics": "013",
    "password": "4321",
}
FIRST = (
    "interface",
    "media_out",
    "paused",
    "label_length",
    "formats_in_buffer",
    "buffer_full",
    "diagnostic_mode",
    "partial_format",
    "unused_1",
    "corrupt_memory",
    "under_temperature",
    "over_temperature",
)
SECOND = (
    "functions",
    "unused_2",
    "head_open",
    "ribbon_out",
    "thermal_transfer",
    "print_mode",
    "width_mode",
    "label_waiting",
    "labels_remaining",
    "format_while_printing",
    "graphics",
)
THIRD = ("password", "static_memory")
ORDER = (*FIRST, *SECOND, *THIRD)
FLAGS = tuple(name for name in ORDER if name not in NUMBERS)

QUIET = b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,1,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
FINE = (
    b"\x02\r\n\r\n  PRINTER STATUS          \r\n   ERRORS:         0 00000000 00000000    \r\n"
    b"   WARNINGS:       0 00000000 00000000    \r\n\x03\r\n"
)


def string(names: tuple[str, ...], fields: dict[str, str]) -> bytes:
    """One of the three strings of ``~HS``."""
    return b"\x02" + ",".join(fields[name] for name in names).encode() + b"\x03\r\n"


def answer(**fields: str) -> bytes:
    """What a printer answers to ``~HS`` with these fields; the others are quiet."""
    quiet = dict.fromkeys(FLAGS, "0") | {name: "0" * len(text) for name, text in NUMBERS.items()}
    now = quiet | fields
    return string(FIRST, now) + string(SECOND, now) + string(THIRD, now)


def errors(bits: int, warnings: int = 0, *, high: int = 0) -> bytes:
    """What a printer answers to ``~HQES``."""
    return (
        f"\x02\r\n  PRINTER STATUS\r\n   ERRORS: {int(bool(bits or high))} {high:08X} {bits:08X}\r\n"
        f"   WARNINGS: {int(bool(warnings))} 00000000 {warnings:08X}\r\n\x03\r\n"
    ).encode()


@pytest.mark.parametrize("flag", FLAGS)
def test_every_field_is_read_into_its_own_name(flag: str) -> None:
    """With another value in every number and one flag up, each value is found under its name and nowhere else."""
    read = told.host_status(answer(**NUMBERS, **{flag: "1"}))

    expected: dict[str, object] = {
        name: text if name in {"print_mode", "password"} else int(text) for name, text in NUMBERS.items()
    }
    expected |= {name: name == flag for name in FLAGS}
    assert isinstance(read, HostStatus)
    assert expected == asdict(read)


STATES = {
    "nothing is wrong": ({}, "ready", ()),
    "paper out": ({"media_out": "1"}, "media_out", ()),
    "ribbon out": ({"ribbon_out": "1"}, "ribbon_out", ()),
    "head open": ({"head_open": "1"}, "head_open", ()),
    "too hot": ({"over_temperature": "1"}, "over_temp", ("head_over_temperature",)),
    "too cold": ({"under_temperature": "1"}, "fault", ("under_temperature",)),
    "memory lost": ({"corrupt_memory": "1"}, "fault", ("corrupt_memory",)),
    "would list its bytes": ({"diagnostic_mode": "1"}, "fault", ("diagnostic_mode",)),
    "paused": ({"paused": "1"}, "paused", ()),
    "paused since paper is out": ({"paused": "1", "media_out": "1"}, "media_out", ("paused",)),
    "head open and paper out": ({"head_open": "1", "media_out": "1"}, "head_open", ("media_out",)),
    "cold and paused": ({"under_temperature": "1", "paused": "1"}, "fault", ("under_temperature", "paused")),
    "a format waits": ({"formats_in_buffer": "001"}, "busy", ()),
    "labels remain": ({"labels_remaining": "00000001"}, "busy", ()),
    "half a format": ({"partial_format": "1"}, "busy", ()),
    "buffer full": ({"buffer_full": "1"}, "busy", ()),
    "a label hangs there": ({"label_waiting": "1"}, "busy", ("label_waiting",)),
    "thermal transfer": ({"thermal_transfer": "1", "format_while_printing": "1"}, "ready", ()),
}


@pytest.mark.parametrize("case", STATES)
def test_the_fields_make_one_state(case: str) -> None:
    """What a person must do first is the state; what is wrong besides is told beside it."""
    fields, state, warnings = STATES[case]
    status = told.judged(answer(**fields) + FINE)

    assert (state, warnings) == (status.state, status.warnings)
    assert answer(**fields) + FINE == status.raw


def test_what_waits_is_counted() -> None:
    """Formats in the buffer, labels of the batch and a begun format are told as they are."""
    status = told.judged(answer(formats_in_buffer="002", labels_remaining="00000003", partial_format="1") + FINE)

    assert (2, 3, True, False) == (status.buffered, status.remaining, status.partial, status.idle)
    assert told.judged(QUIET + FINE).idle
    assert not Status("unknown").idle


ERRORS = {
    "media": (errors(1), "media_out", ()),
    "ribbon": (errors(2), "ribbon_out", ()),
    "head": (errors(4), "head_open", ()),
    "cutter": (errors(8), "fault", ("cutter_fault",)),
    "head hot": (errors(0x10), "over_temp", ("head_over_temperature",)),
    "motor hot": (errors(0x20), "over_temp", ("motor_over_temperature",)),
    "dead element": (errors(0x40), "fault", ("bad_head_element",)),
    "no head": (errors(0x80), "fault", ("head_not_detected",)),
    "firmware": (errors(0x100), "fault", ("wrong_firmware_configuration",)),
    "thermistor": (errors(0x200), "fault", ("head_thermistor_open",)),
    "paused": (errors(0x10000), "paused", ()),
    "a bit without a name": (errors(0x8000), "fault", ("error_0000000000008000",)),
    "a high bit": (errors(0, high=1), "fault", ("error_0000000100000000",)),
    "media and head": (errors(5), "head_open", ("media_out",)),
}


@pytest.mark.parametrize("case", ERRORS)
def test_named_errors_are_believed_without_a_host_status(case: str) -> None:
    """A printer that is stopped may keep silent to ``~HS``; what it names to ``~HQES`` is enough to say why."""
    raw, state, warnings = ERRORS[case]

    assert Status(state, raw, warnings=warnings) == told.judged(raw)  # type: ignore[arg-type]  # the case names a state


def test_errors_beside_a_quiet_host_status_count() -> None:
    """``~HS`` knows no dead element: it is a fault all the same. Warnings stop nothing."""
    assert "fault" == told.judged(QUIET + errors(0x40)).state
    worn = told.judged(QUIET + errors(0, 15))
    assert ("ready", ("needs_calibration", "clean_head", "replace_head", "media_low")) == (worn.state, worn.warnings)
    assert ("warning_0000000000000080",) == told.judged(QUIET + errors(0, 0x80)).warnings


def test_a_printer_without_hqes_is_ready_and_says_what_it_lacks() -> None:
    """An old model answers ``~HS`` alone: that its errors are not told stands beside its state."""
    old = Status("ready", QUIET, buffered=0, remaining=0, warnings=("errors_not_told",))

    assert old == told.judged(QUIET)


NO_ANSWER = {
    "nothing": b"",
    "no errors, and no host status": FINE,
    "two strings": QUIET[: QUIET.index(b"1234") - 1],
    "the second string first": string(SECOND, dict.fromkeys(SECOND, "0")) + QUIET,
    "the unused field left out": QUIET.replace(b"000,0,0,0,1,2", b"000,0,0,1,2"),
    "doubled": QUIET * 2,
    "doubled before the errors": QUIET * 2 + FINE,
    "the errors doubled": QUIET + FINE * 2,
    "the errors first": FINE + QUIET,
    "half the errors": QUIET + FINE[:30],
    "noise before": b"\x00" + QUIET,
    "noise behind": QUIET + b"\x00",
    "one STX for all three": QUIET.replace(b"\x03\r\n\x02", b"\r\n"),
    "a flag of 2": answer(media_out="2"),
    "a flag that is a letter": answer(paused="x"),
    "digits of another script": QUIET.replace(b"030", "٠٣٠".encode()),
    "errors named and none flagged": QUIET + errors(1).replace(b"ERRORS: 1", b"ERRORS: 0"),
    "errors flagged and none named": QUIET + errors(0).replace(b"ERRORS: 0", b"ERRORS: 1"),
    "a label": b"^XA^XZ",
    "an answer in another tongue": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


@pytest.mark.parametrize("case", NO_ANSWER)
def test_what_is_no_answer_is_unknown(case: str) -> None:
    """Half of it, two of it, another order, noise: nobody knows how the printer is, and the bytes are kept."""
    assert Status("unknown", NO_ANSWER[case]) == told.judged(NO_ANSWER[case])


@given(st.integers(0, len(QUIET + FINE) - 3))  # the line end behind the last ETX may be missing
def test_no_beginning_of_an_answer_is_ready_but_a_whole_host_status(length: int) -> None:
    """Cut anywhere, an answer is unknown; only behind all three strings of ``~HS`` it stands without the errors."""
    cut = (QUIET + FINE)[:length]

    assert ("ready" if length == len(QUIET) else "unknown") == told.judged(cut).state


@given(st.lists(st.sampled_from([QUIET, FINE, *QUIET.splitlines(keepends=True)]), max_size=6))
def test_only_the_right_strings_in_the_right_order_are_ready(parts: list[bytes]) -> None:
    """However strings are doubled, lost or mixed: ready is the one whole answer and nothing else."""
    raw = b"".join(parts)

    assert (raw in {QUIET, QUIET + FINE}) == (told.judged(raw).state == "ready")


@given(
    st.binary(max_size=300)
    | st.builds(lambda a, b, at: QUIET[:at] + a + b, st.binary(max_size=3), st.just(QUIET), st.integers(0, 90))
)
def test_no_bytes_break_a_reader(raw: bytes) -> None:
    """Every reader gives a value or nothing, whatever it is given."""
    assert told.judged(raw).raw == raw
    for reader in (told.host_status, told.troubles, told.model, told.value, told.count):
        reader(raw)


def test_a_model_is_read_strictly() -> None:
    """Model, firmware, dots to the millimetre, memory; a head that does not exist, or two answers, is no answer."""
    raw = b"\x02ZD621-300dpi,V93.21.26Z,12,8176KB\x03\r\n"

    assert Model("ZD621-300dpi", "V93.21.26Z", 12, "8176KB") == told.model(raw)
    assert Model("ZT411", "V92", 24, "512KB,X") == told.model(b"\x02ZT411,V92,24,512KB,X\x03")
    for wrong in (raw * 2, raw[:-4], raw[1:], raw.replace(b",12,", b",13,"), raw.replace(b"ZD", b"\xc3\x9c"), b""):
        assert told.model(wrong) is None


def test_a_variable_ends_with_its_quote() -> None:
    """The answer has no line end; a name that the printer does not know, or a second answer, is no value."""
    assert "ok" == told.value(b'"ok"')
    assert "" == told.value(b'""')
    assert 1043 == told.count(b'"1043"')
    for wrong in (b'"ok', b'"ok"\r\n', b'"ok""ok"', b"ok", b'"?"', b'"\xff"', b""):
        assert told.value(wrong) is None
    for wrong in (b'"1043', b'"1 043"', b'"-1"', b'"10.5"', b'"1043""1043"', b'""'):
        assert told.count(wrong) is None


def test_errors_are_named() -> None:
    """Each bit has its name; more than one stand side by side."""
    assert Troubles(("media_out", "head_open"), ("clean_head",)) == told.troubles(errors(5, 2))
    assert Troubles() == told.troubles(FINE)
