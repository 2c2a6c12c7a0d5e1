"""`hubsim cloud` with the console."""

from hubsim_console.console import Console
from hubsim_server.cli.cloud import cloud_command

command = cloud_command(Console())
