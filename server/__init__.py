"""HTTP, rules and persistence."""

VERSION = "0.1.0"
