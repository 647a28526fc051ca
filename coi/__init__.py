"""Chain of identity and chain of custody for cell and gene therapy."""
