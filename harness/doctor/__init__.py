"""`sockharness doctor`: what on this machine would spoil a run, and for whom.

`looking` asks the machine and gives `Facts`; `diagnosis` is pure and makes findings of them;
`settings` is the part of that about the kernel's network settings, a table.
"""
