"""Pictures: pure functions from what was read to Plotly figures."""
