"""`sockharness doctor`: what on this machine would spoil a run, and for whom.

`looking` asks the machine, with what `trying` tries, and gives `Facts`. `diagnosis` is pure and
makes findings of them, with `settings` (the kernel's, a table) and `pace` (clock and processors).
"""
