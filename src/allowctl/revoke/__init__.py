"""Taking back: plan, guard, sign, journal, send, verify.

The data's way, each part in its own module:

select ─▶ simulate ─▶ plan ─▶ (a person says yes) ─▶ for each step: read again ─▶
encode ─▶ guard ─▶ sign ─▶ guard ─▶ journal ─▶ send ─▶ receipt ─▶ read back ─▶ outcome

`select`, `plan` and `guard` are pure. The guard shares no code with what encodes.
"""
