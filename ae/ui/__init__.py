"""The only room in ae that draws: what Streamlit pages put on the screen."""
