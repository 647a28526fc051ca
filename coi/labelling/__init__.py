"""Printed pieces: every label, wristband and tag that carries an identity, each with its own serial."""
