"""The command line: thin shells round the pipeline."""
