"""What the pages share: frame, state, texts, cached data. The only room that knows Streamlit."""
