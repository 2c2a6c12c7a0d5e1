"""`hubsim cloud` with the console."""

from hubsim_console.console import ROOT, Console
from hubsim_server.cli.cloud import cloud_command

command = cloud_command(Console(), f"{ROOT}/")
