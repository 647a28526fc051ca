"""What do others make of our bytes? zplkit in this process; in Node zebrash (zpl-renderer-js) and BWIPP (bwip-js).

bwip-js is the very code of BWIPP, which treepoem runs too, but treepoem wants Ghostscript from the distribution.
"""

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

KNOWS_NOT = (b"^MUD", b"^PQ1")
"""Printer settings that zplkit does not take; each stands once in a label of ours."""

_DOTS_PER_MM = {203: 8, 300: 12, 600: 24}
# One line in, one line out. Lines are read only once the program can answer: what came before would be lost.
_LINES = """
const answer = async (work) => {
  const lines = require('readline').createInterface({ input: process.stdin });
  for await (const line of lines) {
    let told;
    try { told = await work(JSON.parse(line)); } catch (error) { told = { error: String(error.message || error) }; }
    console.log(JSON.stringify(told));
  }
  process.exit(0);
};
"""
_DRAWS = """
const { ready } = require('zpl-renderer-js');
ready.then(({ api }) => answer(async (asked) => {
  const sent = Buffer.from(asked.zpl, 'base64').toString('latin1');
  return { png: await api.zplToBase64Async(sent, asked.w, asked.h, asked.d) };
}));
"""
_JUDGES = """
const { raw } = require('bwip-js/node');
answer((asked) => { raw({ bcid: 'gs1datamatrix', text: asked }); return { error: '' }; });
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


class _Node:
    """A program in a Node process of its own, question by question."""

    def __init__(self, package: str, script: str) -> None:
        """Start Node; without the package this fails and names the command."""
        node = shutil.which("node") or str(ROOT / ".venv/bin/node")
        if not (ROOT / "node_modules" / package).is_dir():
            raise RuntimeError(f"expected {package} in node_modules, found none: ./dev run true, or npm ci")
        self._node = subprocess.Popen(
            [node, "-e", _LINES + script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def asked(self, question: object) -> dict[str, str]:
        """Return the answer to *question*."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps(question) + "\n")
        self._node.stdin.flush()
        told: dict[str, str] = json.loads(self._node.stdout.readline())
        return told

    def stop(self) -> None:
        """End the process."""
        self._node.kill()
        self._node.communicate()


class Zebrash(_Node):
    """zebrash, label by label."""

    def __init__(self) -> None:
        """Start it."""
        super().__init__("zpl-renderer-js", _DRAWS)

    def draws(self, sent: bytes, size: tuple[int, int], dpi: int) -> Dots:
        """Return the dots that zebrash draws of one label of *size* (width, height)."""
        per_mm = _DOTS_PER_MM[dpi]
        zpl = base64.b64encode(sent).decode()
        told = self.asked({"zpl": zpl, "w": size[0] / per_mm, "h": size[1] / per_mm, "d": per_mm})
        assert "png" in told, told
        picture = np.asarray(Image.open(BytesIO(base64.b64decode(told["png"]))).convert("L"))
        return np.asarray(picture[: size[1], : size[0]] < 128)


class Bwipp(_Node):
    """BWIPP, message by message."""

    def __init__(self) -> None:
        """Start it."""
        super().__init__("bwip-js", _JUDGES)

    def judges(self, text: str) -> str:
        """Return why BWIPP draws no GS1 DataMatrix of *text*, ``(01)…(10)…``; empty where it does."""
        return self.asked(text)["error"]
