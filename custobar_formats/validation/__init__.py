"""Records, and the cells they are made of, to problems and findings. Nothing here changes a value."""
