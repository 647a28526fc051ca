"""The order, from apheresis to infusion."""
