"""Documents of our own invention in the shapes that other software sends, and how to read them."""
