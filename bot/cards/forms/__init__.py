"""The modals that ask for something."""
