"""What this house weighs, counted: `make figures`."""
