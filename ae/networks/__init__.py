"""Encoders, decoders and losses. With ae.training the only room that knows Keras.

Only ``keras.ops``, so that any Keras backend can train what is built here.
"""
