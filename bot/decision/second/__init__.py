"""The second pair of eyes: what waits for it, and the form to agree or send back."""
