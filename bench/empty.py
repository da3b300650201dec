"""An app with a picture and nothing else, beside which ours is measured."""

import numpy as np
import streamlit as st

st.checkbox("Again")
st.image(np.zeros((28, 28), np.uint8), output_format="PNG")
