"""The register of shippers, places and machines."""
