"""Recording a feed: venues without I/O, and the recorder that proves what it writes.

Who writes a venue imports from `orderflow_record.venues`.
"""
