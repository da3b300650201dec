"""The latent map on screen: point anywhere and see what is decoded there."""
