"""Commands of the installation as a whole: one module each, which chooses, calls and prints."""
