"""From a study to the frames that ``analyse`` writes and the pages show: one module per noun."""
