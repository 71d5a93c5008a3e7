"""``python -m kudequa_geo``."""

from kudequa_geo.cli import main

main()
