"""The approval standards, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from allowctl.model.approval import Kind
from allowctl.standards.base import Standard
from allowctl.standards.erc20 import Erc20
from allowctl.standards.erc721 import Erc721
from allowctl.standards.operator import Operator
from allowctl.standards.permit2 import Permit2

STANDARDS: tuple[Standard, ...] = (
    Erc20(),
    Erc721(),
    Operator(),
    Permit2(),
)

STANDARD_OF: Mapping[Kind, Standard] = MappingProxyType(
    {standard.kind: standard for standard in STANDARDS}
)
