"""A postcard: a model as one HTML file whose sliders move and whose map decodes."""
