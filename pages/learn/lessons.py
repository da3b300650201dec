"""Five lessons: predict, then see."""

import streamlit as st

from ae.ui.lessons.taking import take_lesson

st.title("Lessons", anchor=False)
st.markdown(
    "Five lessons of about five minutes. **Predict first, then see**: the answer is worked out "
    "from the models here. Your guesses stay in this browser tab and in the link."
)
take_lesson()
