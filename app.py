"""Page configuration and navigation; nothing else."""

from pathlib import Path

import streamlit as st

from ae.ui.start import few_at_once, ready

if __name__ == "__main__":
    from ae.ui.door.link import entered

    # A file, because a named icon would be fetched from the network.
    icon = Path(__file__).parent / "assets" / "images" / "icon.png"
    st.set_page_config(page_icon=icon, layout="wide")
    navigation = st.navigation(
        {
            "Learn": [
                st.Page(
                    "pages/learn/home.py",
                    title="Latent Space Explorer",
                    icon=":material/home:",
                    default=True,
                ),
                st.Page(
                    "pages/learn/projection.py",
                    title="Projection: linear, PCA",
                    icon=":material/view_in_ar:",
                ),
                st.Page("pages/learn/lessons.py", title="Lessons", icon=":material/school:"),
                st.Page("pages/learn/glossary.py", title="Glossary", icon=":material/dictionary:"),
            ],
            "Explore": [
                st.Page(
                    "pages/explore/reconstruct.py",
                    title="Reconstruct: stacked, convolutional",
                    icon=":material/compare:",
                ),
                st.Page("pages/explore/latent_map.py", title="Latent map", icon=":material/map:"),
                st.Page(
                    "pages/explore/sample.py", title="Sample: variational", icon=":material/tune:"
                ),
                st.Page(
                    "pages/explore/arithmetic.py",
                    title="Arithmetic: smile vector",
                    icon=":material/calculate:",
                ),
            ],
            "Apply": [
                st.Page("pages/apply/denoise.py", title="Denoise", icon=":material/blur_off:"),
                st.Page("pages/apply/anomalies.py", title="Anomalies", icon=":material/flag:"),
            ],
            "Build": [
                st.Page("pages/build/train.py", title="Train", icon=":material/model_training:"),
                st.Page("pages/build/compare.py", title="Compare", icon=":material/balance:"),
                st.Page("pages/build/checkup.py", title="Check-up", icon=":material/stethoscope:"),
            ],
        },
        expanded=True,
    )
    entered(navigation.url_path)
    with few_at_once():
        navigation.run()
else:
    # ``streamlit run app.py`` imports this file once, before the first visitor.
    # Streamlit looks for a call of st.App in its text.
    from ae.ui.door.routes import routes

    app = st.App(__file__, lifespan=ready, routes=routes())
