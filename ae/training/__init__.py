"""Recipe, fit, evaluate, model folder. With ae.networks the only room with Keras.

``ae.training.recipes`` is the exception: plain data that costs nothing to import.
"""
