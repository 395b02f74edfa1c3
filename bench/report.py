"""The figures as Markdown: a table for each size, and each target with whether it is met."""

from __future__ import annotations

from measure import Figure

Figures = dict[str, dict[str, Figure]]
SIZE_LIMIT, MEMORY_LIMIT, FORM_LIMIT = 25 * 1024, 85, 15
# Work -> at most this part of what stock Flask-AppBuilder needs.
TARGETS = {
    "W1 list, administrator": 1 / 5, "W2 list, own rows": 1 / 5, "W4 search": 1 / 5, "W5 new-contract page": 1 / 100,
    "W6 customer lookup": 1 / 10, "W9 create a customer": 1 / 2.5,
}  # fmt: skip
RATE, MEMORY = "W10 requests/s, 8 clients", "memory per worker"
FASTER, GROWTH, DEPTH, ALIKE = 8, 1.3, 1.5, 1.25


def print_report(results: dict[int, Figures]) -> None:
    """Print a table for each size and then the targets."""
    for size, figures in results.items():
        print(f"\n### {size:,} customers\n")
        print_table(figures)
        print()
        for sentence, is_met, shown in check_targets(figures):
            print(f"* {sentence}: {shown}: **{'met' if is_met else 'not met'}**")
    small, large = min(results), max(results)
    if small < large:
        print(f"\n### Growth from {small:,} to {large:,}\n")
        for work in ("W1 list, administrator", "W2 list, own rows"):
            growth = results[large][work]["ours"].cpu / results[small][work]["ours"].cpu
            print(f"* {work} ≤ {GROWTH}: {growth:.2f}: **{'met' if growth <= GROWTH else 'not met'}**")


def print_table(figures: Figures) -> None:
    """Print one size's figures: CPU ms (the database's part; p50 / p95 ms elapsed), and ours as a part of stock's and the floor's."""
    names = list(next(iter(figures.values())))
    print("| work | " + " | ".join(f"{name}: CPU ms (database; p50 / p95)" for name in names) + " | of stock | of floor | our HTML |")
    print("|---|" + "---|" * (len(names) + 3))
    for work, by_name in figures.items():
        cells = [show_figure(work, by_name[name]) for name in names]
        cells += [show_ratio(by_name, "stock"), show_ratio(by_name, "floor"), show_size(by_name)]
        print(f"| {work} | {' | '.join(cells)} |")


def show_figure(work: str, figure: Figure) -> str:
    """Return one cell."""
    if work == RATE:
        return f"{figure.rate:.0f}/s"
    if work == MEMORY:
        return f"{figure.rate:.0f} MB"
    return f"{figure.cpu:.1f} ({figure.database:.1f}; {figure.p50:.0f} / {figure.p95:.0f})"


def show_ratio(by_name: dict[str, Figure], other: str) -> str:
    """Return ours compared with another application's."""
    if not {"ours", other} <= set(by_name):
        return "–"
    mine, theirs = by_name["ours"], by_name[other]
    if mine.rate:
        return f"{mine.rate / theirs.rate:.2f} ×" if theirs.rate else "–"
    ratio = mine.cpu / theirs.cpu if theirs.cpu else 0
    return f"1/{1 / ratio:.1f}" if 0 < ratio < 1 else f"{ratio:.1f} ×"


def show_size(by_name: dict[str, Figure]) -> str:
    """Return the size of our answer."""
    size = by_name["ours"].size if "ours" in by_name else 0
    return f"{size / 1024:.1f} KB" if size else ""


def check_targets(figures: Figures) -> list[tuple[str, bool, str]]:
    """Return (target, whether it is met, what was measured) for one size, as far as the applications ran."""
    mine = {work: by_name["ours"] for work, by_name in figures.items() if "ours" in by_name}
    stock = {work: by_name["stock"] for work, by_name in figures.items() if "stock" in by_name}
    if not mine:
        return []
    found = []
    for work, part in TARGETS.items():
        if work in stock:
            ratio = mine[work].cpu / stock[work].cpu
            found.append((f"{work} ≤ 1/{1 / part:g} of stock", ratio <= part, f"1/{1 / ratio:.1f}"))
    for work in ("W1 list, administrator", "W2 list, own rows"):
        found.append((f"{work} ≤ 25 KB of HTML", mine[work].size <= SIZE_LIMIT, f"{mine[work].size / 1024:.1f} KB"))
    for work in ("W3 page 1,000", "W3 last page"):
        ratio = mine[work].cpu / mine["W1 list, administrator"].cpu
        found.append((f"{work} ≤ {DEPTH} × W1", ratio <= DEPTH, f"{ratio:.2f} ×"))
    ratio = mine["contracts list"].cpu / mine["W1 list, administrator"].cpu
    found.append((f"contracts list ≤ {ALIKE} × W1", ratio <= ALIKE, f"{ratio:.2f} ×"))
    form = mine["W5 new-contract page"].cpu
    found.append((f"W5 ≤ {FORM_LIMIT} ms", form <= FORM_LIMIT, f"{form:.1f} ms"))
    if RATE in stock:
        ratio = mine[RATE].rate / stock[RATE].rate
        found.append((f"W10 ≥ {FASTER} × stock", ratio >= FASTER, f"{ratio:.1f} ×"))
    found.append((f"memory ≤ {MEMORY_LIMIT} MB a worker", mine[MEMORY].rate <= MEMORY_LIMIT, f"{mine[MEMORY].rate:.0f} MB"))
    return found
