"""Whether a label is the same whatever was composed before it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

from labels import LabelError, Record, compose, layout, parse, shipped
from labels.canvas import Words
from tests.labels.examples import NAMES, SPECIMENS, made

WORDS = "ABgjy W8(·é—李"


def record(name: str, chance: Random) -> Record:
    """Return the specimen of *name* with some of its words others, or gone."""
    usual, values = SPECIMENS[name], dict(SPECIMENS[name].values)
    for field, kind in shipped()[name].fields.items():
        if kind.required or kind.kind not in {"words", "name", "identifier"}:
            continue
        letters = "X8" if kind.kind == "identifier" else WORDS
        match chance.randrange(3):
            case 0:
                values[field] = "".join(chance.choices(letters, k=chance.randint(0, min(8, kind.most))))
            case 1:
                values.pop(field, None)
            case _:
                pass
    mark, copy = chance.choice(("DEMO", "ÜBUNG")), chance.choice(("", "REPRINT 2"))
    return replace(usual, values=values, mark=mark, copy=copy)


def result(name: str, one: Record) -> tuple[str, object]:
    """Return what becomes of a record: its dots and its commands, or why it is refused."""
    try:
        label = compose(shipped()[name], one, 203)
        return label.sha256, label.zpl("native")
    except LabelError as refused:
        return type(refused).__name__, str(refused)


def test_no_label_depends_on_the_one_before() -> None:
    """Records in any order, filled into kept layouts by two threads, become what each becomes alone."""
    chance = Random(20261121)
    names = [chance.choice(NAMES) for _ in range(60)]
    records = [record(name, chance) for name in names]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(result, names, records))
    alone = []
    for name, one in zip(names, records, strict=True):
        layout.forget()
        alone.append(result(name, one))

    assert alone == together
    assert 30 < sum(isinstance(what, bytes) for _, what in together)


def test_a_field_that_is_named_like_a_code_is_not_taken_for_its_text() -> None:
    """Beside a code stands the text of that code, whatever the fields of a template are called."""
    plain = shipped()["vial"].to_json()
    plain["fields"]["primary"] = {"kind": "words", "most": 20}
    plain["fields"]["secondary"] = {"kind": "words", "most": 20}
    (at,) = [number for number, element in enumerate(plain["elements"]) if "expires" in str(element)]
    element = plain["elements"][at]
    box = element["box"]
    shares = [[box[0], box[1], box[2] / 3 - 0.1, box[3]], [box[0] + box[2] / 3, box[1], box[2] / 3 - 0.1, box[3]]]
    plain["elements"][at] = {**element, "box": [box[0] + 2 * box[2] / 3, box[1], box[2] / 3, box[3]]}
    for name, place in zip(("primary", "secondary"), shares, strict=True):
        plain["elements"].append({"kind": "text", "box": place, "field": name, "most": 1.5})
    values = {**SPECIMENS["vial"].values, "primary": "NOT ME", "secondary": "NOR ME"}
    del values["expires"]
    label = compose(parse(plain), replace(SPECIMENS["vial"], values=values))

    said = {put.name: put.text for put in label.puts if isinstance(put, Words)}
    usual = {put.name: put.text for put in made("vial").puts if isinstance(put, Words)}
    assert {name: text for name, text in usual.items() if name.startswith("text of")} == {
        name: text for name, text in said.items() if name.startswith("text of")
    }
    assert ("NOT ME", "NOR ME") == (said["primary"], said["secondary"])
