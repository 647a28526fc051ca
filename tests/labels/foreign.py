"""What do others make of our printer bytes? zplkit in this process, zebrash (zpl-renderer-js) in Node."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np
import zplkit
import zplkit.rendering
from PIL import Image

from tests.vectors import ROOT

if TYPE_CHECKING:
    from labels.symbols import Dots

Profile = Literal["zd621", "specification"]

KNOWS_NOT = (b"^MUd", b"^PQ1")
"""Printer settings that zplkit does not take; each stands once in a label of ours."""

_DOTS_PER_MM = {203: 8, 300: 12, 600: 24}
_SCRIPT = """
const { ready } = require('zpl-renderer-js');
ready.then(async ({ api }) => {
  const lines = require('readline').createInterface({ input: process.stdin });
  for await (const line of lines) {
    const asked = JSON.parse(line);
    const sent = Buffer.from(asked.zpl, 'base64').toString('latin1');
    try { console.log(JSON.stringify({ png: await api.zplToBase64Async(sent, asked.w, asked.h, asked.d) })); }
    catch (error) { console.log(JSON.stringify({ error: String(error) })); }
  }
  process.exit(0);
});
"""


def zplkit_draws(sent: bytes, size: tuple[int, int], dpi: int, profile: Profile = "zd621") -> Dots:
    """Return the dots that zplkit draws of one label of *size* (width, height)."""
    layout = sent
    for command in KNOWS_NOT:
        assert layout.count(command) == 1
        layout = layout.replace(command, b"")
    limits = zplkit.rendering.Limits(graphic_bytes=100_000)
    options = zplkit.Options(width=size[0], height=size[1], dpi=dpi, profile=profile)
    (scene,) = zplkit.render(layout, options=options, limits=limits).labels
    raster = scene.rasterize()
    return np.frombuffer(raster.pixels, dtype=np.uint8).reshape(raster.height, raster.width) < 128


class Zebrash:
    """zebrash in a Node process of its own, label by label."""

    def __init__(self) -> None:
        """Start Node; without it this fails and names the command."""
        node = shutil.which("node") or str(ROOT / ".venv/bin/node")
        if not (ROOT / "node_modules/zpl-renderer-js").is_dir():
            raise RuntimeError("expected zpl-renderer-js in node_modules, found none: ./dev run true, or npm ci")
        self._node = subprocess.Popen(
            [node, "-e", _SCRIPT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def draws(self, sent: bytes, size: tuple[int, int], dpi: int) -> Dots:
        """Return the dots that zebrash draws of one label of *size* (width, height)."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        per_mm = _DOTS_PER_MM[dpi]
        asked = {"zpl": base64.b64encode(sent).decode(), "w": size[0] / per_mm, "h": size[1] / per_mm, "d": per_mm}
        self._node.stdin.write(json.dumps(asked) + "\n")
        self._node.stdin.flush()
        told = json.loads(self._node.stdout.readline())
        assert "png" in told, told
        picture = np.asarray(Image.open(BytesIO(base64.b64decode(told["png"]))).convert("L"))
        return np.asarray(picture[: size[1], : size[0]] < 128)

    def stop(self) -> None:
        """End the process."""
        self._node.kill()
        self._node.communicate()
