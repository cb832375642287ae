"""How good verdicts are, on a labelled set of windows that anyone can build again."""
