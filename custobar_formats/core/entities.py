"""The five entities of Custobar's data import.

Source: https://developers.custobar.com/
"""

from __future__ import annotations

ENTITIES = ("customers", "products", "sales", "events", "shops")
