"""Training in the app: pictures, choices, how far it is, and what came of it."""
