"""Side by side: every room run the same way, judged by the same function, put into one record."""
