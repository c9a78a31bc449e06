"""``python -m custom_profile`` is the command ``custom-profile``."""

from custom_profile import main

main(prog_name="custom-profile")
