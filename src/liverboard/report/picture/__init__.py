"""Pictures of a board: slices with outlines, and views of the liver as a solid."""
