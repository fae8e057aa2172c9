"""Heat and cold in the patient's liver: what the tables of devices cannot know."""
