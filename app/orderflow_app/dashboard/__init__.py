"""The dashboard: the sink's files on a page, live.

`reading` has the files with their last good values, `figures` the pictures made of them, `page`
what stands where, `callbacks` what happens when, `server` what may be asked and by whom.
"""
