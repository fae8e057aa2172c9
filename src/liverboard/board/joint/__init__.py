"""Deciding together: what each treatment does to each lesion, and plans that mix treatments."""
