"""One step's transaction: encoded, guarded, signed, guarded again, written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from allowctl.codec.recursion import recursion_limit_kept
from allowctl.codec.transaction import Unsigned, payload, signed_hash
from allowctl.errors import GuardError
from allowctl.model.chain import Address, Block, Call
from allowctl.model.outcome import Receipt, Transacted
from allowctl.model.plan import Caps, Fees, Step
from allowctl.revoke import guard
from allowctl.revoke.guard import Bounds, Right, Zeroing
from allowctl.revoke.ports import Entry, Event, Journal, Signer


@dataclass(slots=True, kw_only=True)
class Dispatch:
    """A step on its way: everything that was signed for its one nonce."""

    step: Step
    nonce: int
    call: Call
    """What is really sent: a SET may have less in it than was planned."""
    fees: Fees
    """Of the newest of them."""
    raws: dict[str, bytes] = field(default_factory=dict)
    """By hash, in the order of signing."""
    receipt: Receipt | None = None
    lost_at: int | None = None
    """The newest block when its nonce was seen gone to another transaction."""
    read: tuple[int, ...] = ()
    """What each of its approvals gave just before its first signature."""
    read_at: int = -1
    """The block at which that was read."""
    then: tuple[str, int] | None = None
    """Of a zeroing: its receipt's block, by hash, and what was granted just before
    that; None where it was not read."""
    taken: bool = False
    """Whether its nonce is used already, by everybody's word."""
    unpaid: bool = False
    """Whether the account cannot pay for it, by everybody's word."""
    signed_at: float = 0.0
    """The clock at the newest signature."""

    @property
    def newest(self) -> bytes:
        """The transaction to send."""
        return [*self.raws.values()][-1]

    @property
    def lost(self) -> bool:
        """Whether its nonce went to another transaction."""
        return self.lost_at is not None

    @property
    def transacted(self) -> Transacted:
        """The same for the result."""
        return Transacted(
            number=self.step.number,
            nonce=self.nonce,
            hashes=(*self.raws,),
            receipt=self.receipt,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was read just before a signature."""

    rights: tuple[Right, ...]
    read: tuple[int, ...]
    """What each of its approvals gives, as far as that is told: smallest units."""
    at: Block
    """The newest block: where that was read."""
    zeroing: Zeroing | None = None
    spendable: int
    """Wei that this transaction may cost at most: what the run's cap leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where one run's transactions are signed."""

    run: str
    chain_id: int
    owner: Address
    caps: Caps
    journal: Journal
    signer: Callable[[], Signer]
    """The key, asked for when it is first needed."""

    def passes(self, dispatch: Dispatch, known: Known) -> bool:
        """Whether the guard would let it through; nothing is signed, no key needed."""
        try:
            guard.check(self._payload(dispatch), self._bounds(dispatch, known))
        except GuardError:
            return False
        return True

    def sign(self, dispatch: Dispatch, known: Known) -> None:
        """Sign the dispatch's transaction with its present fees, and write it down.

        GuardError if it is none that may be signed: then nothing was signed.
        """
        bounds, unsigned = self._bounds(dispatch, known), self._payload(dispatch)
        guard.check(unsigned, bounds)
        signer = self.signer()
        if signer.address != self.owner:
            raise GuardError("the signer signs for another account")
        raw = signer.sign(unsigned)
        guard.check_signed(raw, unsigned, recovered(raw), bounds)
        name = signed_hash(raw)
        self.journal.append(
            Entry(
                run=self.run,
                what=Event.SIGNED,
                step=dispatch.step.number,
                nonce=dispatch.nonce,
                transaction=name,
                raw="0x" + raw.hex(),
                block=dispatch.read_at,
                text=",".join(map(str, dispatch.read)),
            )
        )
        dispatch.raws[name] = raw

    def _bounds(self, dispatch: Dispatch, known: Known) -> Bounds:
        step = dispatch.step
        return Bounds(
            chain_id=self.chain_id,
            sender=self.owner,
            nonce=dispatch.nonce,
            gas=self.caps.gas * len(step.changes),
            fee_per_gas=self.caps.fee_per_gas,
            cost=min(self.caps.per_transaction, known.spendable) - step.data_fee,
            target=dispatch.call.to,
            rights=known.rights,
            now=known.at.timestamp,
            zeroing=known.zeroing,
        )

    def _payload(self, dispatch: Dispatch) -> bytes:
        return payload(
            Unsigned(
                chain_id=self.chain_id,
                nonce=dispatch.nonce,
                fees=dispatch.fees,
                gas=dispatch.step.gas,
                to=dispatch.call.to,
                data=dispatch.call.data,
            )
        )


def recovered(raw: bytes) -> Address:
    """Whose signature a signed transaction bears. GuardError if nobody's."""
    with recursion_limit_kept():
        from eth_account import Account  # noqa: PLC0415 - heavy, for signing only

    try:
        return Address(Account.recover_transaction(raw).lower())
    except Exception:  # noqa: BLE001 - whatever it is, it is not signed as it should be
        raise GuardError("the signature is nobody's") from None
