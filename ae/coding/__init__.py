"""What every autoencoder can do: codes, pictures from codes, edits, comparisons."""
