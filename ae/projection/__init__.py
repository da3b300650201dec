"""The linear autoencoder of three-dimensional points, and PCA beside it."""
