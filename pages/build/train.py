"""Train a model on one's own pictures, without code."""

import streamlit as st

from ae.ui.door.link import standing
from ae.ui.training.choices import JOB, choose_how, offer_start, show_estimate
from ae.ui.training.mine import list_own_models, stop_where_nobody_may
from ae.ui.training.pictures import choose_learned
from ae.ui.training.running import list_trainings, show_training

st.title("Train", anchor=False)
stop_where_nobody_may()
shown = next(iter(standing(JOB.name)), "")
if shown:
    show_training(shown)
    # No link to this page itself, which would leave the training in the address.
    st.button("Train another", icon=":material/add:", on_click=JOB.show, args=("",))
else:
    st.markdown(
        "Bring pictures of your own, press **Train**, and slide through their latent space a few "
        "minutes later."
    )
    learned = choose_learned()
    if learned is not None:
        wanted = choose_how(learned)
        show_estimate(wanted, learned)
        offer_start(wanted, "Train", icon="play_arrow", type="primary")
list_trainings(shown)
list_own_models()
