"""External radiotherapy."""
