"""Whole journeys, told as sentences."""
