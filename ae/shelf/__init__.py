"""A model folder: its card, its files, and what is checked before they are believed."""
