"""The linear autoencoder on the screen: its controls, its numbers and its figure."""
