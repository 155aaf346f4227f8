"""spam-token."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Kind
from allowctl.model.facts import Sender, TokenFacts
from allowctl.model.finding import Confidence, Finding
from allowctl.model.lists import Charge, Listing
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import AuditedRecord, Record
from allowctl.model.value import Unpriced, Value
from allowctl.risk.rules.spam_token import SpamToken
from tests import build
from tests.risk.facts import listings
from tests.risk.pages import as_json, example
from tests.strategies import hostile_text, records

RULE = SpamToken()
HIGH, LOW = Confidence.HIGH, Confidence.LOW
UNPRICED = st.sampled_from(Unpriced)
IN_VAIN = [Unpriced.NO_PRICE, Unpriced.THIN]
UNHEARD = [Unpriced.NOT_ASKED, Unpriced.UNSERVED]
SILENT = [Unpriced.ITEMS, Unpriced.NO_BALANCE, Unpriced.FURTHER]
REAL = [
    ("YFI", "yearn.finance"),
    ("MATIC", "Matic Token"),
    ("ZRX", "0x Protocol Token"),
    ("CRO", "Crypto.com Coin"),
    ("BZRX", "bZx"),
    ("BAR", "crowbar"),
    ("DAI", "Dai Stablecoin"),
    ("USD\u20ae0", "USD\u20ae0"),
    ("yDAI+yUSDC+yUSDT+yTUSD", "Curve.fi yDAI/yUSDC/yUSDT/yTUSD"),
    ("CDCETH", "Crypto.com Staked ETH"),
    ("cvxCRV-R", "Reward Pool"),
    ("WETH.e", "Wrapped Ether"),
]
"""Symbols and names of tokens that are worth something."""
ODD = [
    (None, None),
    ("", ""),
    ("\x1b[2J", "\r\n"),
    ("\u0422\u041a\u041d", "\u0422\u043e\u043a\u0435\u043d"),
    ("\u4ee3\u5e01", "\u4ee3\u5e01"),
    ("[red]", "<script>"),
    ("=1+1", "@SUM(A1)"),
    ("x" * 1_000, "\u202e"),
    ("MKR\\xff", None),
]
"""Metadata that is odd, and no more."""


def of(
    symbol: str | None = "TKN",
    name: str | None = "Token",
    value: Value = Unpriced.NO_PRICE,
    **known: str,
) -> Record:
    imitates = known.get("imitates")
    token = build.token_facts(symbol=symbol, name=name, imitates=imitates)
    return build.record(token=token, value=value)


def confidence(record: Record) -> Confidence | None:
    found = RULE.judge(record, build.context())
    return found.confidence if isinstance(found, Finding) else None


@pytest.mark.parametrize("value", IN_VAIN)
@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("usdc-bonus.com", "Token"),
        ("TKN", "https://usdc.example"),
        ("TKN", "www.usdc.example"),
        ("TKN", "Visit usdc.xyz to claim"),
        ("Visit usdc.xyz", "TKN"),
        ("TKN", "$ USDCBonus.com"),
        ("CLAIM", "def8.io"),
        ("T\u200bKN", "c\u200blaim at t\u3002me/x"),
    ],
)
def test_bait_without_a_price_is_spam(symbol: str, name: str, value: Unpriced) -> None:
    """A place to go and a reason to, a link, or a symbol that is a web address."""
    assert confidence(of(symbol, name, value)) is HIGH


@pytest.mark.parametrize("value", IN_VAIN)
@pytest.mark.parametrize("symbol", ["USDC", "usdc", "USD\u0421", "US\u200bDC"])
def test_an_imitation_without_a_price_is_spam(symbol: str, value: Unpriced) -> None:
    """The known token has a price, so what only looks like it stands out."""
    assert confidence(of(symbol, "USD Coin", value, imitates="USDC")) is HIGH


def test_the_evidence_says_what_was_seen() -> None:
    """What speaks for the token, then each thing against it, in our own words."""
    record = of("USD\u0421", "Visit x.com, claim 5$", imitates="USDC")

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        "no price is known; "
        "its name holds a web address, the word claim, the word visit and "
        "a sum of money; it is made to look like USDC, which is another contract"
    )


@pytest.mark.parametrize(("symbol", "name"), REAL)
@pytest.mark.parametrize("value", [*Unpriced, build.worth()])
def test_real_names_are_never_demoted(symbol: str, name: str, value: Value) -> None:
    """With a price nothing is said of them; without one, a remark at the most."""
    found = confidence(of(symbol, name, value))

    assert found in {LOW, None}
    assert isinstance(value, Unpriced) or found is None


@pytest.mark.parametrize(("symbol", "name"), ODD)
@pytest.mark.parametrize("decimals", [None, 0, 255])
@pytest.mark.parametrize("value", Unpriced)
def test_odd_metadata_is_no_spam(
    symbol: str | None, name: str | None, decimals: int | None, value: Unpriced
) -> None:
    """No symbol, old forms, other scripts, terminal codes: it stays as it is."""
    record = of(symbol, name, value)
    token = replace(record.token, decimals=decimals, total_supply=None)

    assert RULE.judge(replace(record, token=token), build.context()) is None


BAD = build.token_facts(
    symbol="USD\u0421",
    name="Visit https://usdc.xyz to claim",
    imitates="USDC",
    grants_strangers=True,
    listed=(build.listing(Charge.BLOCKED),),
)


@given(records())
def test_what_has_a_price_is_never_spam(record: Record) -> None:
    """Whatever else speaks against it."""
    priced = replace(record, token=BAD, value=build.worth())

    assert RULE.judge(priced, build.context()) is None


@given(UNPRICED)
def test_a_known_token_is_never_spam(value: Unpriced) -> None:
    """The bundled table has it."""
    record = build.record(token=replace(BAD, known=True), value=value)

    assert RULE.judge(record, build.context()) is None


@given(records(), hostile_text | st.none(), hostile_text | st.none())
def test_nothing_but_a_price_or_the_table_clears_a_proof(
    record: Record, symbol: str | None, name: str | None
) -> None:
    """Rights between strangers, whatever it is called."""
    token = TokenFacts(
        address=record.token.address, symbol=symbol, name=name, grants_strangers=True
    )
    assert confidence(replace(record, token=token, value=Unpriced.NOT_ASKED)) is HIGH


@pytest.mark.parametrize(
    ("balance", "sent", "expected"),
    [
        (5, Sender.UNKNOWN, LOW),
        (0, Sender.UNKNOWN, HIGH),
        (0, Sender.OWNER, LOW),
        (5, Sender.OTHER, HIGH),
    ],
)
def test_a_list_takes_no_row_away_that_can_lose_anything(
    balance: int, sent: Sender, expected: Confidence
) -> None:
    """It may be wrong, or somebody else's by now: alone it is a remark."""
    token = build.token_facts(balance=balance, listed=(build.listing(Charge.BLOCKED),))
    row = replace(build.record(token=token), sent=sent, plain_owner=True)
    assert confidence(row) is expected


@pytest.mark.parametrize("value", IN_VAIN)
def test_what_the_owner_gave_himself_is_not_demoted_by_its_looks(
    value: Unpriced,
) -> None:
    """Nobody planted it: a real token may be called like another one."""
    row = of("USDC", "USD Coin", value, imitates="USDC")
    assert confidence(replace(row, sent=Sender.OWNER)) is LOW


@given(st.lists(listings.filter(lambda each: each.charge is not Charge.BLOCKED)))
def test_other_charges_are_none_of_spam(charges: list[Listing]) -> None:
    """A token that a hack was about is none of a scammer's."""
    token = build.token_facts(listed=tuple(charges))

    assert RULE.judge(build.record(token=token), build.context()) is None


def test_the_evidence_names_the_list() -> None:
    """As the rule about spenders does."""
    listed = (build.listing(Charge.BLOCKED, source="scams", name="Fake", date=None),)
    token = build.token_facts(listed=listed)
    found = RULE.judge(build.record(token=token), build.context())

    assert isinstance(found, Finding)
    assert found.evidence.startswith("no price was asked for; it is listed by scams")


@pytest.mark.parametrize("value", UNHEARD)
@pytest.mark.parametrize(
    ("symbol", "name", "imitates"),
    [
        ("usdc-bonus.com", "https://usdc.example claim", ""),
        ("USD\u0421", "USD Coin", "USDC"),
    ],
)
def test_where_no_price_was_heard_looks_are_a_remark(
    symbol: str, name: str, imitates: str, value: Unpriced
) -> None:
    """A price might still speak for the token: the row stays where it is."""
    known = {"imitates": imitates} if imitates else {}

    assert confidence(of(symbol, name, value, **known)) is LOW


@pytest.mark.parametrize("value", SILENT)
@pytest.mark.parametrize(
    ("symbol", "name", "imitates", "expected"),
    [
        ("TKN", "Visit usdc.xyz to claim", "", HIGH),
        ("USD\u0421", "Token", "USDC", HIGH),
        ("usdc.xyz", "Token", "", LOW),
        ("TKN", "https://art.example", "", LOW),
        ("USDC", "Token", "USDC", LOW),
        ("TKN", "Airdrop", "", LOW),
    ],
)
def test_where_no_price_can_be_looks_have_to_be_plain(
    symbol: str, name: str, imitates: str, expected: Confidence, value: Unpriced
) -> None:
    """A collection may be called by its web site; none is called by two baits."""
    known = {"imitates": imitates} if imitates else {}

    assert confidence(of(symbol, name, value, **known)) is expected


@pytest.mark.parametrize("value", [Unpriced.NOT_ASKED, Unpriced.NO_PRICE])
@pytest.mark.parametrize(
    ("name", "expected"), [("Token", LOW), ("Visit it, and claim", HIGH)]
)
def test_of_what_cannot_move_now_no_price_is_asked(
    name: str, expected: Confidence, value: Unpriced
) -> None:
    """Silence says nothing then, and looks have to be as plain as an NFT's."""
    record = of("usdc.xyz", name, value)
    empty = replace(record, token=replace(record.token, balance=0))

    assert confidence(empty) is expected


@pytest.mark.parametrize("value", IN_VAIN)
def test_a_name_that_is_another_s_symbol_is_a_remark(value: Unpriced) -> None:
    """A vault may be named by what is in it; its symbol is its own."""
    assert confidence(of("vUSDC", "USDC", value, imitates="USDC")) is LOW


@pytest.mark.parametrize("value", Unpriced)
def test_what_nobody_served_is_not_demoted(value: Unpriced) -> None:
    """Looks are a remark where the node kept the rest to itself."""
    record = of("TKN", "Visit usdc.xyz to claim", value)
    token = replace(record.token, unserved=True, balance=None)

    assert confidence(replace(record, token=token)) is LOW


def test_a_token_that_nobody_served_is_not_evaluated() -> None:
    """What it is called is not known, and nothing else speaks against it."""
    token = TokenFacts(address=build.TOKEN, unserved=True)

    assert RULE.judge(build.record(token=token), build.context()) == RULE.card.unknown(
        Missing(Lack.FAILED, "nobody served the token's name")
    )


@pytest.mark.parametrize("kind", Kind)
def test_high_confidence_is_what_demotes(kind: Kind) -> None:
    """The row is spam by the one, and remains what it is by the other."""
    for record, spam in (
        (build.record(build.allowance(kind=kind), token=BAD), True),
        (of("usdc.xyz", "Token", Unpriced.NOT_ASKED), False),
    ):
        found = RULE.judge(record, build.context())
        assert isinstance(found, Finding)
        row = replace(build.audited(record), findings=(found,))
        assert isinstance(row, AuditedRecord)
        assert row.spam is spam


NO_PERMIT = "logged in a transaction that the owner did not send, and no permit "


def planted(
    value: Value = Unpriced.NOT_ASKED,
    *,
    permits: int | None = None,
    kind: Kind = Kind.ERC20,
    **parts: bool,
) -> Record:
    """Neutral in name, and raised by somebody else."""
    token = build.token_facts(permits=permits, known=parts.get("known", False))
    return build.record(
        build.allowance(kind=kind),
        token=replace(token, unserved=parts.get("unserved", False)),
        value=value,
        sent=Sender.OTHER,
        plain_owner=parts.get("plain", True),
    )


@pytest.mark.parametrize("value", Unpriced)
@pytest.mark.parametrize("permits", [None, 0])
def test_what_somebody_else_logged_is_planted(
    value: Unpriced, permits: int | None
) -> None:
    """Nobody but the owner sends for a key, and no permit has ever spoken for it."""
    found = RULE.judge(planted(value, permits=permits), build.context())

    assert isinstance(found, Finding)
    assert found.confidence is HIGH
    assert found.evidence.endswith(f"; {NO_PERMIT}was ever used")


@pytest.mark.parametrize("value", Unpriced)
def test_a_permit_may_explain_it(value: Unpriced) -> None:
    """A relayer sends it; a token's word of it counts unless prices were in vain."""
    disbelieved = {*IN_VAIN, Unpriced.NO_BALANCE}
    expected = HIGH if value in disbelieved else None

    assert confidence(planted(value, permits=1)) is expected


@pytest.mark.parametrize("value", Unpriced)
@pytest.mark.parametrize("kind", [Kind.ERC721, Kind.OPERATOR])
def test_no_permit_explains_items(kind: Kind, value: Unpriced) -> None:
    """nonces() of a collection is not about them."""
    assert confidence(planted(value, permits=7, kind=kind)) is HIGH


@given(UNPRICED, st.none() | st.integers(0, 3))
def test_permit2_logs_what_was_signed(value: Unpriced, permits: int | None) -> None:
    """Whoever sends it: nobody plants there."""
    for plain in (True, False):
        record = planted(value, permits=permits, kind=Kind.PERMIT2, plain=plain)
        assert confidence(record) is None


@given(UNPRICED, st.sampled_from(Kind), st.none() | st.integers(0, 3))
def test_others_send_for_an_owner_with_code(
    value: Unpriced, kind: Kind, permits: int | None
) -> None:
    """Modules, bundlers, relayers: at most a remark."""
    record = planted(value, kind=kind, permits=permits, plain=False)

    assert confidence(record) is (None if kind is Kind.PERMIT2 else LOW)


@given(records(), UNPRICED)
def test_only_another_s_transaction_plants(record: Record, value: Unpriced) -> None:
    """What the owner sent, or nobody knows who did, stays where it is."""
    neutral = replace(record.token, symbol="TKN", name="Token", balance=5)
    honest = replace(record, token=neutral, value=value)
    for row in (
        replace(honest, sent=Sender.OWNER),
        replace(honest, sent=Sender.UNKNOWN),
        replace(honest, plain_owner=None),
    ):
        assert confidence(row) is None


@pytest.mark.parametrize("record", [planted(build.worth()), planted(known=True)])
def test_value_outweighs_who_sent_it(record: Record) -> None:
    """Meta-transactions of tokens that are worth something are none of spam."""
    assert RULE.judge(record, build.context()) is None


@pytest.mark.parametrize("value", Unpriced)
def test_permits_that_nobody_served_prove_nothing(value: Unpriced) -> None:
    """Whether one was used is not known then."""
    assert confidence(planted(value, unserved=True)) is None


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    found = RULE.judge(
        of("USDC", "Visit usdc.xyz to claim", imitates="USDC"), build.context()
    )

    assert example("spam-token") == as_json(found)
