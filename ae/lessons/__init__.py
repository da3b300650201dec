"""Lessons: questions to guess at, each answered by a model at hand and never by a typed number."""

from ae.lessons.course import LESSONS
from ae.lessons.lesson import Answer, Choice, Lesson, Quantity, Step

__all__ = ["LESSONS", "Answer", "Choice", "Lesson", "Quantity", "Step"]
