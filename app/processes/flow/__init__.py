"""The engine of processes: a designed flow, what may happen in a case of it, and what follows. No framework, no database."""
