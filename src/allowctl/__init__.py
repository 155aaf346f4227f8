"""Find, rank and take back every right your wallets have given away."""

__version__ = "0.1.0"
