"""The page: one file of HTML with everything in it, for people who look at results in a browser.

`model` makes plain data of records (with `sides`, `evidence`, `arrows`, `timing`, `doubts`), `pack`
makes it small, `bundle` joins the scripts, `page` puts all into the template. What the page does
with the data is in `assets/`; nothing of the data ever becomes markup there.
"""
