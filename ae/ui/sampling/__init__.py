"""Codes that are dragged, drawn, or given by one picture's posterior."""
