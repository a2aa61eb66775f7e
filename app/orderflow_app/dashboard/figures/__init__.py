"""What the chart is made of: pure functions from what was read to what a browser draws."""
