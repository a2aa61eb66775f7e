"""All results of runs in Parquet files: the sink, the reader, and the commands over any store."""
