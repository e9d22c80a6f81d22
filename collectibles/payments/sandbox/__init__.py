"""The payment sandbox: a made-up payment provider, an app and a process of its own.

`wire` is what both sides speak and is all that the rail (`payments/sandbox_rail.py`) needs of it;
everything else is the gateway's side and never runs inside the shop. No real money, ever.
"""
