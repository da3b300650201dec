"""Models beside each other, and what size of code and beta do."""
