"""Lessons on screen: a guess first, then the answer and the component that shows it."""
