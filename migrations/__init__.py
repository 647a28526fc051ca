"""How a database's tables come to be, one numbered step after another, up and down."""
