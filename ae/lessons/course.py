"""The five lessons, in the order in which they build on each other."""

from ae.lessons import arithmetic, bottleneck, depth, practice, walking

LESSONS = {
    lesson.title: lesson
    for lesson in (
        bottleneck.LESSON,
        depth.LESSON,
        walking.LESSON,
        arithmetic.LESSON,
        practice.LESSON,
    )
}
