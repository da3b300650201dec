"""All that passes between Python and the browser."""
