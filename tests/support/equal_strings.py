"""Strings that slapd holds equal where case does not count, and strings that it tells apart."""

ALIKE = {
    "case": ("Mary", "mARY"),
    "blanks": ("Mary  Smith", " mary smith "),
    "umlauts": ("Größe", "GRÖßE"),
    "a ligature": ("\ufb01x", "FIX"),
    "an accent of its own": ("e\u0301x", "ÉX"),
    "sigmas": ("\u03a3x", "\u03c3X"),
    "the sign for Kelvin": ("\u212ax", "kx"),
    "full width": ("\uff21\uff22", "ab"),
    "a blank that does not break": ("a\u00a0b", "a b"),
    "a dotted capital": ("\u0130x", "ix"),
}
APART = {
    "a sharp s": ("Straße", "STRASSE"),
    "the sigma at the end": ("x\u03c2", "x\u03c3"),
    "a dotless i": ("\u0131x", "ix"),
    "cases that Unicode 3.2 did not know": ("\u023ax", "\u2c65x"),
    "a blank": ("a b", "ab"),
}
