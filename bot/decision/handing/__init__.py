"""“Hand over…”: the form, who may receive, and the submission."""
