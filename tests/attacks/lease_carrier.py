"""A server that is killed: it does the steps after a preflight one after the other, and tells of each GO it gave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coi.app import PROJECTIONS
from coi.custody import protocol_register as protocols
from coi.custody import steps
from coi.db import Database
from tests.attacks import carrier

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tests.attacks.carrier import Given

STEPS = ("h14_thaw", "h15_issue", "h15_accept")


@dataclass(frozen=True, slots=True)
class Here:
    """The order, and the station that has its bag."""

    name: str
    device: str
    site: str


def serve(parts: Given, here: Here, listener: Connection) -> None:
    """Do each step when the station asks for it, and answer; then wait to be killed."""
    road = carrier.road_of(parts, Database(parts.url, PROJECTIONS))
    for name in STEPS:
        listener.recv()
        order = road.order(here.name)
        step = steps.step_of(protocols.pinned(order.protocol_sha256), order, name)
        actor = replace(road.actor(order, step), device=here.device, device_site=here.site, device_state="qualified")
        done = road.do(here.name, name, actor=actor)
        listener.send((name, done.outcome, done.entry.stmt["actor"], str(done.entry.stmt["at"])))
    listener.recv()
