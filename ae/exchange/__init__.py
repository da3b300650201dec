"""Ways in and out: what others bring or take away."""
