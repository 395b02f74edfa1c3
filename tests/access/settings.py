"""Who may do what with lists, number series and the ledger of issued numbers."""

from ..access_declaring import ALL, STANDING, Access, Route, may

LISTS = Access(
    "Lists",
    {"IT": (ALL, "see add edit")},
    is_owned=False,
    has_rest=False,
    facet="list",
    kind="choice",
    form={"name_zh": "写", "name_en": "Written", "position": "5", "list_code": "industry", "is_active": "y"},
)
SERIES = Access(
    "NumberSeries",
    {"IT": (ALL, "see add edit")},
    address="series",
    is_owned=False,
    has_rest=False,
    kind="series",
    form={"code": "contract", "year": "{next_year}", "pattern": "HT{{year}}{{seq:06}}"},
    routes={
        # Numbers of this year are issued already: the pattern stays, whoever asks.
        "POST /series/edit/<pk>": Route(may("edit", "r"), "series", {"pattern": "X{{year}}{{seq:07}}", **STANDING}),
    },
)
ACCESS = (LISTS, SERIES)
ROUTES = {"GET /numbers/": Route("director:y it:y chief:y")}
