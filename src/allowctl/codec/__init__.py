"""Bytes in the layouts of the ABI and of Multicall3. Pure, no I/O."""
