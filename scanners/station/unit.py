"""What does systemd have to know to run a station with as few rights as it needs?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUPS = ("dialout", "input", "video")
DEVICES = {
    "serial": ("char-ttyACM", "char-ttyUSB", "char-ttyS"),
    "evdev": ("char-input",),
    "camera": ("char-video4linux",),
}
"""What each kind of source may open, and nothing else may be opened at all."""


def text(program: str, sources: Sequence[str] = (), user: str = "coi-station") -> str:
    """Return the unit file of the station whose program lies at *program*; without sources every kind is allowed."""
    kinds = [one.partition(":")[0] for one in sources] or list(DEVICES)
    devices = dict.fromkeys(name for kind in kinds for name in DEVICES.get(kind, ()))
    allowed = "".join(f"DeviceAllow={name} rw\n" for name in devices)
    return f"""[Unit]
Description=Scanner station of the chain of identity
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={program} run
User={user}
SupplementaryGroups={" ".join(GROUPS)}
StateDirectory=coi-station
StateDirectoryMode=0700
UMask=0077
Restart=always
RestartSec=2
KillSignal=SIGTERM

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
PrivateTmp=yes
PrivateMounts=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
MemoryMax=512M
TasksMax=64
DevicePolicy=closed
{allowed}
[Install]
WantedBy=multi-user.target
"""
