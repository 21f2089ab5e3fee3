"""What is said besides the card: to the people on duty, to a presser, under a card."""
