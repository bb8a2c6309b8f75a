"""The catalogue's verbs: the only code that writes its tables."""

from banksampah.catalog.service.imports import (
    COLUMNS,
    ImportPlan,
    PlannedPrice,
    check_price_list,
    import_price_list,
)
from banksampah.catalog.service.materials import (
    CodeTaken,
    MaterialChanges,
    MaterialProfile,
    StockLeft,
    add_material,
    change_material,
)
from banksampah.catalog.service.prices import (
    DuplicatePrice,
    NewPrice,
    NoPrices,
    PriceOutOfRange,
    set_prices,
)
from banksampah.catalog.service.shares import set_share_rule

__all__ = [
    "COLUMNS",
    "CodeTaken",
    "DuplicatePrice",
    "ImportPlan",
    "MaterialChanges",
    "MaterialProfile",
    "NewPrice",
    "NoPrices",
    "PlannedPrice",
    "PriceOutOfRange",
    "StockLeft",
    "add_material",
    "change_material",
    "check_price_list",
    "import_price_list",
    "set_prices",
    "set_share_rule",
]
