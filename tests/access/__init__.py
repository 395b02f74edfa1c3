"""Who may do what: one small declaration a module, found by itself; the expectations of all its routes follow from it."""
