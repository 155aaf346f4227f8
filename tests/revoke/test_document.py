"""Plans as documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from allowctl.errors import PlanError
from allowctl.model.approval import Kind
from allowctl.model.chain import Chain
from allowctl.model.finding import Level
from allowctl.model.plan import Plan
from allowctl.model.settings import ConfiguredUrl
from allowctl.revoke import document
from allowctl.revoke.goal import LimitTo
from tests import build
from tests.output.schemas import strict, validator
from tests.revoke import making_plans as making
from tests.strategies import hostile_text

VERSION = "0.1.0"
CHAIN = Chain(
    id=137,
    name="polygon",
    aliases=("matic", "pol"),
    testnet=True,
    native_symbol="POL",
    block_ms=2_000,
    finality=128,
    explorer="https://polygonscan.com",
)
Json = Any


def sample() -> Plan:
    """A plan with a step of every sort, and something left out."""
    attempts, left_out = making.tried(
        [
            making.judged(making.erc20(1), Level.CRITICAL),
            making.child(2, permit2_nonce=5),
            making.child(3, root_amount=0),
            build.record(build.allowance(kind=Kind.OPERATOR)),
            build.record(build.allowance(kind=Kind.ERC721)),
        ],
        cancel=lambda: making.DELTA,
    )
    (lowered,), _ = making.tried([making.erc20(4)], LimitTo("10 units"))
    settled = [
        *(making.works(each) for each in attempts[:-1]),
        making.fails(attempts[-1]),
        making.works(lowered, way=2),
    ]
    return making.planned(settled, left_out, cancelled=True)


SAMPLE = sample()
TEXT = document.text([SAMPLE], VERSION)
COMPACT = json.dumps(json.loads(TEXT), separators=(",", ":"))


def altered(change: Callable[[Json], None], *, signed: bool = True) -> str:
    """The sample's document with a change, its hash made to fit."""
    found = json.loads(TEXT)
    change(found)
    if signed:
        content = {key: value for key, value in found.items() if key != "hash"}
        canonical = json.dumps(content, separators=(",", ":"))
        found["hash"] = hashlib.sha256(canonical.encode()).hexdigest()
    return json.dumps(found)


@given(st.lists(making.plans(), max_size=2))
def test_what_is_written_is_read_again(plans: list[Plan]) -> None:
    """Every part of it, and equal plans are the same bytes."""
    text = document.text(plans, VERSION)
    found = document.read(text)

    assert found == tuple(plans)
    assert document.read(text.encode()) == tuple(plans)
    assert document.text(found, VERSION) == text
    assert text.isascii()
    assert json.loads(text)["hash"] == document.digest(plans, VERSION)


@given(making.plans())
def test_a_line_of_a_journal_is_a_plan(plan: Plan) -> None:
    """On one line."""
    line = document.one(plan)

    assert document.read_one(line) == plan
    assert line.isascii()
    assert "\n" not in line


@settings(deadline=None)
@given(st.lists(making.plans(), max_size=2))
def test_what_is_written_has_its_schema(plans: list[Plan]) -> None:
    """And no field that the schema does not describe."""
    found = json.loads(document.text(plans, VERSION))

    validator("plan").validate(found)
    strict("plan").validate(found)


def test_every_sort_of_step_is_in_the_schema() -> None:
    """The sample has them all."""
    found = json.loads(TEXT)
    strict("plan").validate(found)

    roles = {step["role"] for step in found["plans"][0]["steps"]}
    assert roles == {"whole", "zero", "set", "cancel"}
    assert document.read(TEXT) == (SAMPLE,)


def test_a_chain_is_kept_but_for_its_endpoints() -> None:
    """A configured address may hold a key: it is no part of what is shown around."""
    secret = ConfiguredUrl("https://node.example/v3/c4na4y")
    chain = replace(CHAIN, endpoints=(secret,))
    plan = replace(making.plan(), chain=chain)
    text = document.text([plan], VERSION)

    assert "c4na4y" not in text + document.one(plan)
    assert document.read(text) == (replace(plan, chain=CHAIN),)
    assert document.read_one(document.one(plan)).chain == CHAIN
    # A field that is added to chains is to be kept here, or not, on purpose.
    kept = set(json.loads(text)["plans"][0]["chain"])
    assert kept | {"endpoints"} == {field.name for field in fields(Chain)}


@pytest.mark.parametrize(
    ("usd", "written"),
    [
        ("3021.50", "3021.5"),
        ("3E+3", "3000"),
        ("0.00", "0"),
        ("1E-20", "0." + "0" * 19 + "1"),
        (None, None),
    ],
)
def test_equal_prices_are_the_same_bytes(usd: str | None, written: str | None) -> None:
    """However a decimal keeps its zeros."""
    price = None if usd is None else Decimal(usd)
    plan = replace(making.plan(), usd_per_native=price)
    text = document.text([plan], VERSION)

    assert json.loads(text)["plans"][0]["usd_per_native"] == written
    assert document.read(text) == (plan,)


@given(hostile_text)
@example("::error::##[error]\x1b]8;;")
def test_a_strangers_words_stay_inside_of_escapes(words: str) -> None:
    """Raw for programs; nothing that a terminal or a build machine acts on."""
    token = build.token_facts(symbol=words)
    plan = making.plan(
        build.record(token=token, spender=build.spender_facts(label=words))
    )
    text = document.text([plan], VERSION)

    assert document.read(text) == (plan,)
    assert all(each == "\n" or " " <= each <= "\x7f" for each in text)
    assert "::" not in text
    assert "##" not in text


def test_half_a_character_is_no_text() -> None:
    """A list's label may hold one: it is written as a question mark."""
    label = build.spender_facts(label="a\ud800b")
    text = document.text([making.plan(build.record(spender=label))], VERSION)

    assert document.read(text)[0].steps[0].changes[0].label == "a?b"


@given(st.integers(0, len(COMPACT) - 1), st.characters(codec="utf-8"))
def test_any_other_content_has_another_hash(place: int, character: str) -> None:
    """One character is enough; what is the same JSON is the same plan."""
    text = COMPACT[:place] + character + COMPACT[place + 1 :]
    try:
        found = document.read(text)
    except PlanError as error:
        told: PlanError | None = error
    else:
        told = None
        assert json.loads(text) == json.loads(TEXT)
        assert found == (SAMPLE,)
    assert told is None or told.hint


def test_white_space_is_no_content() -> None:
    """A tool may have printed it anew."""
    assert document.read(COMPACT) == (SAMPLE,)
    assert document.read(altered(lambda _: None)) == (SAMPLE,)


def test_what_was_changed_is_told() -> None:
    """The hash says that, before anything else is looked at."""

    def more(found: Json) -> None:
        found["plans"][0]["balance"] = "1"

    with pytest.raises(PlanError, match="changed after it was made"):
        document.read(altered(more, signed=False))


def _plan(found: Json) -> Json:
    return found["plans"][0]


def _step(found: Json, number: int = 1) -> Json:
    return _plan(found)["steps"][number - 1]


def _set(*path: str | int, to: Json) -> Callable[[Json], None]:
    def change(found: Json) -> None:
        place = found
        for each in path[:-1]:
            place = place[each]
        place[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[Json], None]:
    def change(found: Json) -> None:
        place = found
        for each in path[:-1]:
            place = place[each]
        del place[path[-1]]

    return change


STEP = ("plans", 0, "steps", 0)
CHANGE = (*STEP, "changes", 0)
LAST = len(SAMPLE.steps) - 1
MIXED = "0x" + "aB" * 20


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_set("schema", to="allowctl.plan/v2"), "schema"),
        (_set("more", to=1), "unknown field"),
        (_set(*STEP, "value", to="1"), "unknown field"),
        (_drop(*STEP, "note"), "missing required field"),
        (_set("plans", 0, "owner", to="0x12"), "regex"),
        (_set("plans", 0, "owner", to=MIXED), "checksum"),
        (_set(*STEP, "call", "to", to=MIXED), "checksum"),
        (_set(*STEP, "call", "data", to="0x0"), "regex"),
        (_set(*STEP, "call", "data", to="0x" + "00" * 10_001), "length"),
        (_set(*STEP, "role", to="raise"), "Invalid enum value"),
        (_set(*STEP, "method", to="transfer"), "Invalid enum value"),
        (_set(*STEP, "gas", to=0), ">= 1"),
        (_set(*STEP, "gas", to=1.5), "got 'float'"),
        (_set(*STEP, "gas", to=making.GAS + 1), "step 1 has another cost"),
        (_set(*STEP, "worst_cost", to="1"), "step 1 has another cost"),
        (_set("plans", 0, "worst_cost", to="1"), "is no sum"),
        (_set("plans", 0, "fees", "max_fee", to="01"), "regex"),
        (_set("plans", 0, "fees", "max_fee", to="-1"), "regex"),
        (_set("plans", 0, "fees", "max_fee", to="9" * 79), "regex"),
        (_set("plans", 0, "usd_per_native", to="1e3"), "regex"),
        (_set("plans", 0, "usd_per_native", to="NaN"), "regex"),
        (_set("plans", 0, "chain", "name", to="a\nb"), "regex"),
        (_set("plans", 0, "chain", "explorer", to="javascript:1"), "regex"),
        (_set("plans", 0, "chain", "id", to=2), "another's fingerprint"),
        (_set(*STEP, "number", to=2), "step 1 has another number"),
        (_set(*STEP, "changes", to=[]), "length >= 1"),
        (_set(*STEP, "waits_for", to=1), "step 1 waits for no zeroing"),
        (_set(*STEP, "role", to="set"), "step 1 waits for no zeroing"),
        (_set(*CHANGE, "after", to="1000"), "step 1 lowers nothing"),
        (_set(*CHANGE, "after", to="1001"), "step 1 lowers nothing"),
        (_set(*CHANGE, "before", to="2000"), "another amount"),
        (_set(*CHANGE, "spender", to="0x" + "00" * 20), "another's fingerprint"),
        (_set(*CHANGE, "kind", to="permit2"), "another's fingerprint"),
        (_set(*CHANGE, "kind", to="erc777"), "Invalid enum value"),
        (_set(*CHANGE, "kind", to="operator"), "no grant of operator"),
        (_set(*CHANGE, "grant", to={"shape": "everything"}), "no grant of erc20"),
        (_set(*CHANGE, "grant", to={"shape": "root"}), "Invalid value"),
        (_set(*CHANGE, "grant", "amount", to=str(2**256)), "above 256 bits"),
        (_set(*CHANGE, "grant", "expiration", to=2**48), "above 48 bits"),
        (_set(*CHANGE, "decimals", to=256), "<= 255"),
        (_set(*CHANGE, "level", to="worst"), "Invalid enum value"),
        (_set("plans", 0, "steps", LAST, "waits_for", to=LAST + 1), "no zeroing"),
        (_set("plans", 0, "steps", LAST, "waits_for", to=99), "no zeroing"),
        (_set("plans", 0, "steps", LAST, "waits_for", to=1), "no zeroing"),
        (_set("plans", 0, "steps", LAST, "waits_for", to=None), "no zeroing"),
        (_set("plans", 0, "steps", 1, "changes", 0, "after", to="7"), "lowers nothing"),
        (
            _set("plans", 0, "steps", 1, "changes", 0, "new_permit2_nonce", to=None),
            "lowers nothing",
        ),
    ],
)
def test_what_does_not_fit_together_is_told(
    change: Callable[[Json], None], told: str
) -> None:
    """In one line, and with what to do: a hash that fits makes nothing good."""
    with pytest.raises(PlanError, match=r"no allowctl\.plan/v1: ") as error:
        document.read(altered(change))
    assert told in error.value.message
    assert "\n" not in error.value.message
    assert "--plan-out" in (error.value.hint or "")


def test_an_item_is_its_own() -> None:
    """The id that is granted is the one that the approval is of."""
    plan = making.plan(build.record(build.allowance(kind=Kind.ERC721)))
    line = document.one(plan).replace(
        '"shape":"item","token_id":"1"', '"shape":"item","token_id":"2"'
    )

    with pytest.raises(PlanError, match="another item"):
        document.read_one(line)


def test_several_approvals_are_one_lockdowns() -> None:
    """Any other call changes one."""
    plan = making.plan(making.erc20(1))
    (step,) = plan.steps
    two = replace(plan, steps=(replace(step, changes=step.changes * 2),))

    with pytest.raises(PlanError, match="lowers nothing"):
        document.read_one(document.one(two))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5_000,
        b'{"schema": "\\ud800"}',
        "\ud800",
        "{",
        TEXT[:-3],
        TEXT + "x",
    ],
)
def test_garbage_is_told(data: bytes | str) -> None:
    """PlanError is all that comes of it."""
    with pytest.raises(PlanError, match=r"no allowctl\.plan/v1"):
        document.read(data)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_bytes_are_told(data: bytes | str) -> None:
    """Whatever they are."""
    with pytest.raises(PlanError):
        document.read(data)
    if isinstance(data, str):
        with pytest.raises(PlanError):
            document.read_one(data)


_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def _damaged(draw: st.DrawFn) -> str:
    """The sample with any value in the place of one of its own, hash fitted."""

    def change(found: Json) -> None:
        place, key = found, draw(st.sampled_from(sorted(found)))
        while (
            isinstance(place[key], dict | list)
            and place[key]
            and draw(st.integers(0, 5))
        ):
            place = place[key]
            keys = sorted(place) if isinstance(place, dict) else range(len(place))
            key = draw(st.sampled_from(list(keys)))
        place[key] = draw(_values)

    return altered(change)


@settings(deadline=None)
@given(_damaged())
def test_any_value_in_any_place_is_read_or_told(text: str) -> None:
    """Never a traceback; and what is read is written again as it was."""
    try:
        found = document.read(text)
    except PlanError:
        return
    version = json.loads(text)["allowctl"]
    assert json.loads(document.text(found, version)) == json.loads(text)


def test_a_document_has_a_bound() -> None:
    """For what is read, and so for what is written."""
    huge = b" " * (document.LONGEST + 1)
    with pytest.raises(PlanError, match="longer than 16 MiB"):
        document.read(huge)
    with pytest.raises(PlanError, match="longer than 16 MiB"):
        document.read(huge.decode())

    symbol = build.token_facts(symbol="x" * document.LONGEST)
    plan = making.plan(build.record(token=symbol))
    with pytest.raises(PlanError, match="longer than 16 MiB"):
        document.text([plan], VERSION)


def test_the_hash_is_what_its_schema_says() -> None:
    """Of all else, in its order, as JSON in ASCII without white space."""
    found = json.loads(TEXT)
    said = found.pop("hash")
    canonical = json.dumps(found, separators=(",", ":"))

    assert hashlib.sha256(canonical.encode("ascii")).hexdigest() == said
    assert document.digest([SAMPLE], VERSION) == said
    assert document.digest([SAMPLE], "0.2.0") != said
