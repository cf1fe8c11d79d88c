"""Sizes and times, side by side with plain HTTP and with a bare server of the same SDK."""
