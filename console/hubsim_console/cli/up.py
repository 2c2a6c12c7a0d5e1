"""`hubsim up` with the console."""

from hubsim_console.console import ROOT, Console
from hubsim_server.cli.up import up_command

command = up_command(Console(), f"{ROOT}/")
