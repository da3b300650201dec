"""Train a model on one's own pictures, without code."""

import streamlit as st

from ae.shelf.places import is_read_only
from ae.training import jobs
from ae.ui.training.choices import choose_how, show_estimate
from ae.ui.training.mine import list_own_models
from ae.ui.training.pictures import choose_learned
from ae.ui.training.running import list_trainings, show_training

st.title("Train", anchor=False)
if is_read_only():
    st.info(
        "This app was started for looking only: nobody can train models here, bring or delete any."
    )
    st.stop()
if not jobs.can_train():
    st.info(jobs.WAITS)
    list_own_models()
    st.stop()
shown = st.query_params.get("job", "")
if shown:
    show_training(shown)
    st.page_link("pages/build/train.py", label="Train another", icon=":material/add:")
else:
    st.markdown(
        "Bring pictures of your own, press **Train**, and slide through their latent space a few "
        "minutes later."
    )
    learned = choose_learned()
    if learned is not None:
        wanted = choose_how(learned)
        show_estimate(wanted, learned)

        def begin() -> None:
            try:
                st.query_params["job"] = jobs.start(wanted)
            except (ValueError, OSError) as problem:
                st.error(str(problem))

        st.button("Train", type="primary", icon=":material/play_arrow:", on_click=begin)
list_trainings(shown)
list_own_models()
