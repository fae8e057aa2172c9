"""What can be done: one room per treatment, all with the same door (see `protocol`)."""
