"""What the image has besides the programs, and what each server of the house needs to run and to end well."""
