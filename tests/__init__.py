"""The tests mirror the tree; ``world.py`` tells stories; ``attacks/`` tries to break in."""
