"""What the pages show: each file is one question, with a docstring, TITLE, SQL and figure(frame).

SQL runs on the published version and only chooses from views; figure draws what it gives. Colours of
text and grid are the page's, in light and dark, so a figure sets none of them.
"""
